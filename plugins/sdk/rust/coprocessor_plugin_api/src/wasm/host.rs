//! The host's four functions.

mod import {
    #[link(wasm_import_module = "coprsim_v1")]
    extern "C" {
        pub fn storage(operation: u32, pointer: *const u8, length: usize) -> usize;
        pub fn take(into: *mut u8);
        pub fn reply(status: u32, pointer: *const u8, length: usize);
        pub fn panicked(pointer: *const u8, length: usize);
    }
}

/// How a request ended.
#[derive(Clone, Copy)]
pub enum Status {
    /// With the bytes of the response, or of the description.
    Response = 0,
    /// With an error frame.
    Error = 1,
}

// Each call hands over a slice that lives until the call returns; the host reads nothing else.

/// Carries out an operation and returns its answer. The instance may rest here.
pub fn storage(operation: u32, frame: &[u8]) -> Vec<u8> {
    take(unsafe { import::storage(operation, frame.as_ptr(), frame.len()) })
}

/// The waiting frame, which has this length.
pub fn take(length: usize) -> Vec<u8> {
    let mut frame = vec![0; length];
    unsafe { import::take(frame.as_mut_ptr()) };
    frame
}

/// Replies; the last reply of a request counts.
pub fn reply(status: Status, bytes: &[u8]) {
    unsafe { import::reply(status as u32, bytes.as_ptr(), bytes.len()) };
}

/// Tells why the plugin cannot go on. The host does not return.
pub fn panicked(text: &str) {
    unsafe { import::panicked(text.as_ptr(), text.len()) };
}
