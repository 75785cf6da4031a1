//! The allocator of a plugin library. What a plugin returns is freed by the node, so that both must
//! use the node's allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicPtr, Ordering};

type AllocFn = unsafe fn(Layout) -> *mut u8;
type DeallocFn = unsafe fn(*mut u8, Layout);

/// The node's two functions, which it hands to `_plugin_create`.
#[repr(C)]
pub struct HostAllocatorPtr {
    /// Allocates.
    pub alloc_fn: AllocFn,
    /// Frees.
    pub dealloc_fn: DeallocFn,
}

/// Forwards to the node once `set_allocator` was called, before that to the system: there is no
/// node in a wasm module or in a test. TiKV's own crate panics there instead.
#[derive(Default)]
pub struct HostAllocator {
    alloc_fn: AtomicPtr<()>,
    dealloc_fn: AtomicPtr<()>,
}

impl HostAllocator {
    /// One without a node.
    pub const fn new() -> Self {
        HostAllocator {
            alloc_fn: AtomicPtr::new(std::ptr::null_mut()),
            dealloc_fn: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Takes the node's functions. To be called before anything is allocated: what the system
    /// allocated the node cannot free.
    pub fn set_allocator(&self, allocator: HostAllocatorPtr) {
        self.alloc_fn.store(allocator.alloc_fn as *mut (), Ordering::SeqCst);
        self.dealloc_fn.store(allocator.dealloc_fn as *mut (), Ordering::SeqCst);
    }
}

// Sound because both functions only ever come from a `HostAllocatorPtr`, which holds functions of
// these types, and because function pointers and data pointers are of one size on every target here.
unsafe impl GlobalAlloc for HostAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let host = self.alloc_fn.load(Ordering::Relaxed);
        if host.is_null() {
            return System.alloc(layout);
        }
        std::mem::transmute::<*mut (), AllocFn>(host)(layout)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let host = self.dealloc_fn.load(Ordering::Relaxed);
        if host.is_null() {
            return System.dealloc(at, layout);
        }
        std::mem::transmute::<*mut (), DeallocFn>(host)(at, layout)
    }
}
