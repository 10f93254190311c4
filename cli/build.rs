//! Lets `lua` export the C API, so that C modules find it when they are loaded.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../include/exports.list");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let list = Path::new(&root).join("../include/exports.list");
    println!(
        "cargo:rustc-link-arg-bin=lua=-Wl,--dynamic-list={}",
        list.display()
    );
}
