//! Where the lines of the interactive mode come from.
//!
//! At a terminal they are edited by the C library that the machine has for it, found when the first line is asked for: PUC's
//! `lua` is linked with the same one, so that history, key bindings, completion and the user's `~/.inputrc` are what they
//! are there, and a program that runs a script has none of it in memory.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::ffi::CString;
use std::io::{IsTerminal, Write};

/// The libraries that edit lines, the first one that the machine has counts. All have the interface of GNU readline.
const EDITORS: [&CStr; 4] = [
    c"libreadline.so.8",
    c"libreadline.so.7",
    c"libreadline.so",
    c"libedit.so.2",
];

/// What the library asks of its users to tell them apart in `~/.inputrc`.
const PROGRAM: &CStr = c"lua";

/// `readline`: the prompt; the line without its end, of C's heap, null at the end of the input.
type Readline = unsafe extern "C" fn(*const c_char) -> *mut c_char;
/// `add_history`: the line, which is copied.
type AddHistory = unsafe extern "C" fn(*const c_char) -> c_int;

/// Functions of the library.
#[derive(Clone, Copy)]
pub struct Editor {
    read: Readline,
    remember: AddHistory,
}

impl Editor {
    /// The first library that can be loaded and has what is needed.
    fn find() -> Option<Editor> {
        EDITORS.iter().find_map(|name| {
            // SAFETY: the name is a C string; the libraries do nothing when they are loaded that a program could notice.
            let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW) };
            if library.is_null() {
                return None;
            }
            let read = symbol(library, c"readline")?;
            let remember = symbol(library, c"add_history")?;
            if let Some(name) = symbol(library, c"rl_readline_name") {
                // SAFETY: the variable of this name is a pointer to constant characters.
                unsafe { *name.cast::<*const c_char>() = PROGRAM.as_ptr() };
            }
            // SAFETY: the functions of these names have these types in each of the libraries (what `add_history` of GNU
            // readline returns, nothing, is not looked at). The library stays loaded.
            Some(unsafe {
                Editor {
                    read: core::mem::transmute::<*mut c_void, Readline>(read),
                    remember: core::mem::transmute::<*mut c_void, AddHistory>(remember),
                }
            })
        })
    }
}

/// The address of what the library calls `name`.
fn symbol(library: *mut c_void, name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the handle comes from `dlopen` and is never closed; the name is a C string.
    let address = unsafe { libc::dlsym(library, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

/// Where lines come from.
pub enum Input {
    /// A terminal, with editing and history.
    Editor(Editor),
    /// A terminal that shows what is typed itself.
    Terminal,
    /// Anything else.
    File,
}

impl Input {
    /// The process's standard input.
    pub fn new() -> Input {
        if !std::io::stdin().is_terminal() {
            return Input::File;
        }
        Editor::find().map_or(Input::Terminal, Input::Editor)
    }

    /// Reads a line, without its end; `None` at the end of the input.
    pub fn read(&self, prompt: &[u8]) -> Option<Vec<u8>> {
        flush_c();
        match self {
            Input::Editor(editor) => {
                let prompt = c_string(prompt);
                // SAFETY: the prompt is a C string; the result is null or a string of C's heap that is the caller's.
                unsafe { take((editor.read)(prompt.as_ptr())) }
            }
            Input::Terminal | Input::File => {
                let mut out = std::io::stdout().lock();
                // Whoever closed the output does not need the prompt.
                let _ = out.write_all(prompt).and_then(|()| out.flush());
                let line = read_plain()?;
                if matches!(self, Input::File) {
                    // As the readline library does.
                    let _ = out.write_all(&line).and_then(|()| out.write_all(b"\n"));
                }
                Some(line)
            }
        }
    }

    /// Keeps a chunk for the user to fetch again.
    pub fn remember(&self, chunk: &[u8]) {
        if let Input::Editor(editor) = self
            && !chunk.is_empty()
        {
            let chunk = c_string(chunk);
            // SAFETY: the chunk is a C string.
            unsafe { (editor.remember)(chunk.as_ptr()) };
        }
    }
}

/// The text up to its first zero, as C would take it.
fn c_string(text: &[u8]) -> CString {
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// A copy of a C string, which is freed; `None` for null.
///
/// # Safety
/// `text` is null or a C string of C's heap that is the caller's.
unsafe fn take(text: *mut c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's: a C string of C's heap that nobody else frees.
    unsafe {
        let bytes = CStr::from_ptr(text).to_bytes().to_vec();
        libc::free(text.cast());
        Some(bytes)
    }
}

/// Writes out what C functions printed.
pub fn flush_c() {
    // SAFETY: a null pointer means all streams.
    unsafe { libc::fflush(core::ptr::null_mut()) };
}

unsafe extern "C" {
    static stdin: *mut libc::FILE;
}

/// A line of C's standard input, which Lua functions read, too.
fn read_plain() -> Option<Vec<u8>> {
    let mut block = core::ptr::null_mut();
    let mut size = 0;
    // SAFETY: `getline` allocates and grows the block, of whose bytes it tells the number; it is freed here.
    unsafe {
        let n = libc::getline(&mut block, &mut size, stdin);
        let line = usize::try_from(n)
            .ok()
            .map(|n| core::slice::from_raw_parts(block.cast::<u8>(), n).to_vec());
        libc::free(block.cast());
        let mut line = line?;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Some(line)
    }
}
