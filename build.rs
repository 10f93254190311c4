//! Compiles the C shim.

fn main() {
    println!("cargo:rerun-if-changed=src/capi/shim.c");
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
}
