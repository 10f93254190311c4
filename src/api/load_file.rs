//! Loading a chunk from a file, on C's `FILE` as programs observe it (`errno`, standard input, the locale's encoding
//! left alone).

use crate::error::{ERRFILE, LResult};
use crate::object::State;
use crate::syntax::ChunkReader;
use core::ffi::{CStr, c_int};
use libc::FILE;

unsafe extern "C" {
    static stdin: *mut FILE;
}

/// First byte of a binary chunk.
const SIGNATURE: c_int = 0x1B;

/// An open file, closed when dropped unless it is standard input.
struct File {
    f: *mut FILE,
    owned: bool,
}

impl File {
    fn getc(&self) -> c_int {
        // SAFETY: `f` is open.
        unsafe { libc::fgetc(self.f) }
    }
    /// Reads past a byte order mark and a first line that starts with '#'; the next character, and whether a line was
    /// skipped.
    fn skip_comment(&self) -> (c_int, bool) {
        let mut c = self.skip_bom();
        if c != c_int::from(b'#') {
            return (c, false);
        }
        while c != libc::EOF && c != c_int::from(b'\n') {
            c = self.getc();
        }
        (self.getc(), true)
    }
    /// The first character behind a byte order mark; an incomplete mark is dropped too.
    fn skip_bom(&self) -> c_int {
        let c = self.getc();
        if c == 0xEF && self.getc() == 0xBB && self.getc() == 0xBF {
            self.getc()
        } else {
            c
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.owned && !self.f.is_null() {
            // SAFETY: `f` is open and nobody uses it afterwards.
            unsafe { libc::fclose(self.f) };
        }
    }
}

/// Reads the file through a buffer; what was read ahead comes first.
struct FileReader<'a> {
    file: &'a File,
    ahead: usize,
    buffer: [u8; libc::BUFSIZ as usize],
}

impl ChunkReader for FileReader<'_> {
    fn read(&mut self, _l: &State) -> LResult<&[u8]> {
        let n = if self.ahead > 0 {
            core::mem::take(&mut self.ahead)
        } else {
            // SAFETY: `f` is open, and the buffer has room for its whole size.
            unsafe {
                // A terminal may deliver more after an end of file.
                if libc::feof(self.file.f) != 0 {
                    return Ok(&[]);
                }
                libc::fread(
                    self.buffer.as_mut_ptr().cast(),
                    1,
                    self.buffer.len(),
                    self.file.f,
                )
            }
        };
        Ok(&self.buffer[..n])
    }
}

fn errno() -> c_int {
    // SAFETY: the address of the thread's `errno` is always valid.
    unsafe { *libc::__errno_location() }
}

fn clear_errno() {
    // SAFETY: the address of the thread's `errno` is always valid.
    unsafe { *libc::__errno_location() = 0 }
}

/// The system's text for an error number.
pub(super) fn error_text(code: c_int) -> &'static [u8] {
    // SAFETY: `strerror` returns a NUL-terminated string that stays valid until the thread's next call.
    unsafe { CStr::from_ptr(libc::strerror(code)).to_bytes() }
}

/// Why a file could not be loaded.
struct Failure {
    what: &'static str,
    code: c_int,
}

fn failure(what: &'static str) -> Failure {
    Failure {
        what,
        code: errno(),
    }
}

fn open(path: Option<&CStr>) -> Result<File, Failure> {
    clear_errno();
    match path {
        None => Ok(File {
            // SAFETY: the C library opens standard input before anything runs.
            f: unsafe { stdin },
            owned: false,
        }),
        Some(path) => {
            // SAFETY: both arguments are NUL-terminated.
            let f = unsafe { libc::fopen(path.as_ptr(), c"r".as_ptr()) };
            if f.is_null() {
                Err(failure("open"))
            } else {
                Ok(File { f, owned: true })
            }
        }
    }
}

/// Opens the file again for a binary chunk.
fn reopen(file: &mut File, path: &CStr) -> Result<(), Failure> {
    clear_errno();
    // SAFETY: `f` is open, the other arguments are NUL-terminated.
    file.f = unsafe { libc::freopen(path.as_ptr(), c"rb".as_ptr(), file.f) };
    if file.f.is_null() {
        Err(failure("reopen"))
    } else {
        Ok(())
    }
}

impl State {
    /// Loads a chunk from a file, from standard input without a name; the status, with the function or the error value
    /// on the stack.
    pub fn load_file(&self, path: Option<&CStr>, mode: Option<&[u8]>) -> LResult<i32> {
        match path {
            Some(p) => self.push_format("@%s", args![p.to_bytes()])?,
            None => self.push_str("=stdin")?,
        };
        let name_index = self.get_top();
        match self.load_open_file(path, mode) {
            Ok(status) => {
                let status = status?;
                self.remove(name_index);
                Ok(status)
            }
            Err(why) => {
                self.set_top(name_index)?;
                let name = &self.to_bytes(name_index)?.unwrap_or_default()[1..];
                if why.code != 0 {
                    self.push_format(
                        "cannot %s %s: %s",
                        args![why.what, name, error_text(why.code)],
                    )?;
                } else {
                    self.push_format("cannot %s %s", args![why.what, name])?;
                }
                self.remove(name_index);
                Ok(ERRFILE)
            }
        }
    }

    /// The name of the chunk is on the top.
    #[inline(never)]
    fn load_open_file(
        &self,
        path: Option<&CStr>,
        mode: Option<&[u8]>,
    ) -> Result<LResult<i32>, Failure> {
        let mut file = open(path)?;
        let (mut first, skipped) = file.skip_comment();
        let mut ahead = [0; 2];
        let mut n = 0;
        if skipped {
            // Keeps the line numbers right.
            ahead[0] = b'\n';
            n = 1;
        }
        if first == SIGNATURE {
            n = 0;
            if let Some(path) = path {
                reopen(&mut file, path)?;
                first = file.skip_comment().0;
            }
        }
        if first != libc::EOF {
            ahead[n] = first as u8;
            n += 1;
        }
        clear_errno();
        let mut reader = FileReader {
            file: &file,
            ahead: n,
            buffer: [0; libc::BUFSIZ as usize],
        };
        reader.buffer[..2].copy_from_slice(&ahead);
        let name = self
            .value_at(-1)
            .as_string()
            .map_or(&b"?"[..], |s| s.bytes());
        let status = self.load(&mut reader, name, mode);
        // SAFETY: the file is still open.
        if unsafe { libc::ferror(file.f) } != 0 {
            return Err(failure("read"));
        }
        Ok(status)
    }
}
