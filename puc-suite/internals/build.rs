//! Compiles the part of `T` that is written over `lua.h`, and lets the interpreter export the C API as `lua` does.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=c");
    println!("cargo:rerun-if-changed=../../include");
    if std::env::var_os("CARGO_FEATURE_INTERNALS").is_none() {
        return;
    }
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let include = Path::new(&root).join("../../include");
    println!(
        "cargo:rustc-link-arg-bin=lua-internal=-Wl,--dynamic-list={}",
        include.join("exports.list").display()
    );
    cc::Build::new()
        .files(["c/memory.c", "c/script.c", "c/tests.c"])
        .include(include)
        .std("gnu11")
        .flag("-fexceptions")
        .flag("-Wall")
        .flag("-Wextra")
        .compile("perilune_internals");
}
