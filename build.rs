//! Compiles the C shim and lets `lua` export the C API.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=src/capi/shim.c");
    println!("cargo:rerun-if-changed=include/exports.list");
    cc::Build::new()
        .file("src/capi/shim.c")
        .std("gnu11")
        .opt_level(2)
        .flag("-fexceptions")
        .flag("-fPIC")
        .flag("-Wall")
        .flag("-Wextra")
        .cargo_metadata(false)
        .compile("perilune_shim");
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static:+whole-archive=perilune_shim");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let list = Path::new(&root).join("include/exports.list");
    println!(
        "cargo:rustc-link-arg-bin=lua=-Wl,--dynamic-list={}",
        list.display()
    );
}
