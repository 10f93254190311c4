//! Compiles the C shim.

fn main() {
    println!("cargo:rerun-if-changed=src/capi/shim");
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    cc::Build::new()
        .file("src/capi/shim/boundary.c")
        .file("src/capi/shim/varargs.c")
        .std("gnu11")
        .opt_level(2)
        .flag("-fexceptions")
        .flag("-fPIC")
        .flag("-Wall")
        .flag("-Wextra")
        // Two builds in different places are equal.
        .flag(format!("-ffile-prefix-map={here}=."))
        .cargo_metadata(false)
        .compile("perilune_shim");
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static:+whole-archive=perilune_shim");
}
