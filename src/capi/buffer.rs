//! String buffers (manual section 5.1).
//!
//! The contents are in the buffer itself until they no longer fit, then in a box: a userdata that owns a block of memory.
//! While a buffer is in use, one slot of the stack belongs to it, at first with a light userdata as placeholder, then
//! with the box, which is marked to be closed, so that an error frees it.

use super::types::{LUAL_BUFFERSIZE, lua_State, luaL_Buffer};
use super::{block, boundary, cstr, view};
use crate::api::Reg;
use crate::error::{LResult, Throw};
use crate::object::State;
use core::ffi::{c_char, c_int, c_void};
use memchr::memmem;

/// Registry name of the metatable of boxes.
const BOX_TYPE: &str = "_UBOX*";

/// What a box userdata holds.
#[repr(C)]
struct BoxedBlock {
    data: *mut c_void,
    size: usize,
}

/// Resizes the block of the box; null if memory is refused.
fn resize(l: &State, b: &mut BoxedBlock, size: usize) -> *mut c_void {
    let g = l.global();
    // SAFETY: the block came from this allocator with this size.
    let p = unsafe { (g.alloc.get())(g.alloc_ud.get(), b.data, b.size, size) };
    if p.is_null() && size > 0 {
        return p;
    }
    b.data = p;
    b.size = size;
    p
}

fn box_at<'a>(l: &State, idx: c_int) -> &'a mut BoxedBlock {
    // SAFETY: the userdata there was made by `push_box`; nobody else holds a reference to its block.
    unsafe { &mut *l.to_userdata(idx).cast::<BoxedBlock>() }
}

fn release_box(l: &State) -> LResult<i32> {
    resize(l, box_at(l, 1), 0);
    Ok(0)
}

fn push_box(l: &State) -> LResult<()> {
    let b = l
        .new_userdata(size_of::<BoxedBlock>(), 0)?
        .cast::<BoxedBlock>();
    // SAFETY: the userdata has room for a box.
    unsafe {
        b.write(BoxedBlock {
            data: core::ptr::null_mut(),
            size: 0,
        })
    };
    if l.new_metatable(BOX_TYPE)? {
        let release = native!(release_box);
        l.set_funcs(
            &[
                Reg {
                    name: "__gc",
                    func: Some(release),
                },
                Reg {
                    name: "__close",
                    func: Some(release),
                },
            ],
            0,
        )?;
    }
    l.set_metatable(-2);
    Ok(())
}

impl luaL_Buffer {
    fn is_boxed(&self) -> bool {
        !core::ptr::eq(self.b.cast_const().cast(), &raw const self.init)
    }

    fn grown_size(&self, l: &State, extra: usize) -> LResult<usize> {
        match self.n.checked_add(extra) {
            Some(needed) => Ok(needed.max(self.size / 2 * 3)),
            None => Err(l.lib_error("buffer too large", &[])),
        }
    }

    /// Room for `extra` bytes; the box or placeholder is at `idx`.
    fn prepare(&mut self, l: &State, extra: usize, idx: c_int) -> LResult<*mut c_char> {
        if self.size - self.n < extra {
            let size = self.grown_size(l, extra)?;
            if !self.is_boxed() {
                l.remove(idx);
                push_box(l)?;
                l.insert(idx);
                l.to_close(idx)?;
            }
            let p = resize(l, box_at(l, idx), size);
            if p.is_null() {
                return Err(no_memory(l));
            }
            if !self.is_boxed() {
                // SAFETY: the box has room for more than the `n` bytes that the buffer itself holds.
                unsafe {
                    core::ptr::copy_nonoverlapping(self.b.cast::<u8>(), p.cast::<u8>(), self.n)
                };
            }
            self.b = p.cast();
            self.size = size;
        }
        Ok(self.b.wrapping_add(self.n))
    }

    /// Appends `s`; the box or placeholder is at `idx`.
    fn append(&mut self, l: &State, s: &[u8], idx: c_int) -> LResult<()> {
        if !s.is_empty() {
            let p = self.prepare(l, s.len(), idx)?;
            // SAFETY: `prepare` made room for the bytes.
            unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), p.cast::<u8>(), s.len()) };
            self.n += s.len();
        }
        Ok(())
    }

    fn start(&mut self, state: *mut lua_State) {
        self.state = state;
        self.b = (&raw mut self.init).cast();
        self.n = 0;
        self.size = LUAL_BUFFERSIZE;
        view(state).push_light((self as *mut luaL_Buffer).cast());
    }

    fn finish(&self, l: &State) -> LResult<()> {
        l.push_bytes(block(self.b, self.n))?;
        if self.is_boxed() {
            l.close_slot(-2)?;
        }
        l.remove(-2);
        Ok(())
    }
}

#[cold]
fn no_memory(l: &State) -> Throw {
    l.memory_error();
    l.error()
}

/// The buffer behind a host's pointer.
fn buffer<'a>(b: *mut luaL_Buffer) -> &'a mut luaL_Buffer {
    // SAFETY: contract of every exported function (see `capi`): a buffer that no other call uses.
    unsafe { &mut *b }
}

/// Runs an operation on the buffer `b` that can raise.
fn with<T>(b: *mut luaL_Buffer, f: impl FnOnce(&State, &mut luaL_Buffer) -> LResult<T>) -> T {
    let b = buffer(b);
    let l = view(b.state);
    match f(l, b) {
        Ok(v) => v,
        Err(t) => boundary::raise(l, t),
    }
}

/// Starts a buffer.
///
/// Stack `[-0, +1, -]`, manual section 5.1, `luaL_buffinit`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_buffinit(state: *mut lua_State, buf: *mut luaL_Buffer) {
    buffer(buf).start(state)
}

/// Starts a buffer and makes room for `sz` bytes; their place.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_buffinitsize`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_buffinitsize(
    state: *mut lua_State,
    buf: *mut luaL_Buffer,
    sz: usize,
) -> *mut c_char {
    buffer(buf).start(state);
    with(buf, |l, b| b.prepare(l, sz, -1))
}

/// Makes room for `sz` bytes; their place.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_prepbuffsize`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_prepbuffsize(buf: *mut luaL_Buffer, sz: usize) -> *mut c_char {
    with(buf, |l, b| b.prepare(l, sz, -1))
}

/// Appends `len` bytes.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_addlstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_addlstring(
    buf: *mut luaL_Buffer,
    s: *const c_char,
    len: usize,
) {
    with(buf, |l, b| b.append(l, block(s, len), -1))
}

/// Appends a C string.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_addstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_addstring(buf: *mut luaL_Buffer, s: *const c_char) {
    with(buf, |l, b| b.append(l, cstr(s), -1))
}

/// Pops a string or number, which lies above the buffer's slot, and appends it.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_addvalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_addvalue(buf: *mut luaL_Buffer) {
    with(buf, |l, b| {
        check_values!(l, 2);
        b.append(l, l.to_bytes(-1)?.unwrap_or_default(), -2)?;
        l.pop(1);
        Ok(())
    })
}

/// Appends `s` with every occurrence of `p` replaced by `r`.
///
/// Stack `[?, ?, m]`, manual section 5.1, `luaL_addgsub`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_addgsub(
    buf: *mut luaL_Buffer,
    s: *const c_char,
    p: *const c_char,
    r: *const c_char,
) {
    with(buf, |l, b| {
        let (mut s, p, r) = (cstr(s), cstr(p), cstr(r));
        while let Some(at) = memmem::find(s, p) {
            b.append(l, &s[..at], -1)?;
            b.append(l, r, -1)?;
            s = &s[at + p.len()..];
        }
        b.append(l, s, -1)
    })
}

/// Ends a buffer and pushes its contents.
///
/// Stack `[-?, +1, m]`, manual section 5.1, `luaL_pushresult`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_pushresult(buf: *mut luaL_Buffer) {
    with(buf, |l, b| b.finish(l))
}

/// Counts `sz` bytes that the host wrote, ends a buffer and pushes its contents.
///
/// Stack `[-?, +1, m]`, manual section 5.1, `luaL_pushresultsize`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_pushresultsize(buf: *mut luaL_Buffer, sz: usize) {
    with(buf, |l, b| {
        b.n += sz;
        b.finish(l)
    })
}
