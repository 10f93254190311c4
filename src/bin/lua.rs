//! The stand-alone interpreter.
use perilune::capi;
use std::ffi::CString;
fn main() {
    unsafe {
        let l = capi::lauxlib::luaL_newstate();
        capi::libs::luaL_openlibs(l);
        let args: Vec<String> = std::env::args().collect();
        let f = CString::new(args[1].clone()).unwrap();
        let s = &*l;
        let r = s.load_file(Some(&f), None).unwrap_or(9);
        let r = if r == 0 { s.pcall(0, -1, 0).unwrap_or(8) } else { r };
        if r != 0 {
            let m = s.tolstring(-1).map(|b| String::from_utf8_lossy(b).into_owned());
            eprintln!("lua: {:?} {}", m, r);
        }
        capi::state::lua_close(l);
        std::process::exit(if r == 0 { 0 } else { 1 });
    }
}
