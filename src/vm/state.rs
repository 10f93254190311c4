//! Opening and closing states and threads.

use super::upval;
use crate::error::LResult;
use crate::global::{Alloc, EVENT_NAMES, Global};
use crate::heap::{self, pool::Pool};
use crate::limits::{EXTRA_SPACE, RIDX_GLOBALS, RIDX_MAIN_THREAD};
use crate::object::{GcHeader, State, Table, string};
use crate::value::{Gc, TValue, tag, ty};
use core::ffi::c_void;

/// The block of the main thread: the host's extra space, the thread, and what all threads share.
#[repr(C)]
struct MainBlock {
    extra: [u8; EXTRA_SPACE],
    thread: State,
    global: Global,
}

/// Opens a state over an allocator; null when it refuses memory. `pool` is the pool behind the allocator, or null for
/// a foreign one; it is destroyed when the state is closed.
pub(crate) fn open(alloc: Alloc, ud: *mut c_void, pool: *mut Pool) -> *mut State {
    // SAFETY: the contract of `lua_Alloc`: a new block of this size, or null.
    let block = unsafe {
        alloc(
            ud,
            core::ptr::null_mut(),
            tag::THREAD as usize & 0x0F,
            size_of::<MainBlock>(),
        )
    };
    let block = block.cast::<MainBlock>();
    if block.is_null() {
        return core::ptr::null_mut();
    }
    // SAFETY: the block has room for a `MainBlock`; its parts are written before they are used.
    let l = unsafe {
        (&raw mut (*block).extra).write([0; EXTRA_SPACE]);
        let g = &raw mut (*block).global;
        g.write(Global::new(alloc, ud, pool));
        let l = &raw mut (*block).thread;
        State::init_at(l, GcHeader::new(tag::THREAD, (*g).gc.white()), g);
        (*g).main_thread.set(l);
        &*l
    };
    let g = l.global();
    g.gc.account(size_of::<MainBlock>() as isize);
    g.gc.all.set(l.as_ptr().cast());
    l.c_calls
        .set(l.c_calls.get() + crate::object::thread::NON_YIELDABLE);
    if build(l).is_err() {
        close_partial(l);
        return core::ptr::null_mut();
    }
    l.as_ptr()
}

fn build(l: &State) -> LResult<()> {
    let g = l.global();
    l.init_stack(l)?;
    let registry = Table::new(l)?;
    g.registry.set(registry.into());
    registry.resize(l, RIDX_GLOBALS as usize, 0)?;
    registry.set_int(l, RIDX_MAIN_THREAD, TValue::from(l.as_gc()))?;
    let globals = Table::new(l)?;
    registry.set_int(l, RIDX_GLOBALS, globals.into())?;
    g.strings.init(l)?;
    let message = string::new(l, b"not enough memory")?;
    heap::fix(l, message.header());
    g.memory_message.set(Some(message));
    let event_names = g.event_names.iter().zip(EVENT_NAMES);
    let type_names = g.type_names.iter().zip(ty::NAMES);
    for (slot, name) in event_names.chain(type_names) {
        let s = string::new(l, name.as_bytes())?;
        heap::fix(l, s.header());
        slot.set(Some(s));
    }
    let name_key = string::new(l, b"__name")?;
    heap::fix(l, name_key.header());
    g.set_type_name_key(name_key);
    g.reset_string_cache();
    crate::syntax::init(l)?;
    crate::trace::start(l);
    heap::start(l);
    g.complete.set(true);
    Ok(())
}

/// A new thread that shares the globals and hooks of `l`; not anchored. Raises a memory error.
pub fn new_thread(l: &State) -> LResult<Gc<State>> {
    heap::check_gc(l);
    let t: Gc<State> = heap::new_object_at(l, tag::THREAD, State::block_size(), EXTRA_SPACE)?;
    let g = l.global();
    // SAFETY: the block has room for the extra space and a `State`; the header is moved over itself.
    unsafe {
        let p = t.as_ptr();
        let hdr = core::ptr::read(p.cast::<GcHeader>());
        State::init_at(p, hdr, g);
        let (to, from) = (
            p.cast::<u8>().sub(EXTRA_SPACE),
            g.main().as_ptr().cast::<u8>().sub(EXTRA_SPACE),
        );
        core::ptr::copy_nonoverlapping(from, to, EXTRA_SPACE);
    }
    t.hook_mask.set(l.hook_mask.get());
    t.base_hook_count.set(l.base_hook_count.get());
    t.hook.set(l.hook.get());
    t.hook_count.set(t.base_hook_count.get());
    t.dispatch
        .set(super::interp::dispatch_for(g, t.hook_mask.get()));
    // The thread is anchored while its stack is allocated.
    l.push(t.into());
    t.init_stack(l)?;
    l.pop_n(1);
    Ok(t)
}

/// Frees a thread that the collector found dead.
pub fn free_thread(l: &State, t: Gc<State>) {
    crate::trace::forget_thread(&t);
    if t.stack.get() != crate::value::Slot::NULL {
        upval::close(&t, t.stack.get());
        t.release_stack(l);
    }
    let block = t.as_ptr().cast::<u8>().wrapping_sub(EXTRA_SPACE);
    heap::free_bytes(l.global(), block, State::block_size());
}

/// Closes the state that `l` belongs to: pending variables, finalizers, then all memory.
pub fn close(l: &State) {
    let l = l.global().main();
    let bottom = &l.base_ci;
    l.ci.set(bottom as *const _ as *mut _);
    super::coroutine::close_main(l);
    l.top.set(l.stack.get().add(1));
    heap::finalize_all(l);
    close_partial(l);
}

/// Frees all memory of a state, complete or not.
fn close_partial(l: &State) {
    let g = l.global();
    crate::trace::stop(g);
    g.strings.release(l);
    g.singles.release(g);
    heap::free_all(l);
    l.release_stack(l);
    let (alloc, ud, pool) = (g.alloc.get(), g.alloc_ud.get(), g.pool.get());
    let block = l.as_ptr().cast::<u8>().wrapping_sub(EXTRA_SPACE);
    debug_assert!(
        g.gc.total_bytes() == size_of::<MainBlock>() as isize,
        "memory left: {}",
        g.gc.total_bytes()
    );
    // SAFETY: the block came from this allocator with this size, nothing uses it any more, and the pool (if any) holds
    // no other block of the state.
    unsafe {
        alloc(ud, block.cast(), size_of::<MainBlock>(), 0);
        if !pool.is_null() {
            Pool::destroy(pool);
        }
    }
}
