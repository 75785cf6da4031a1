//! A stand-in for TiKV's `coprocessor_plugin_api` 0.1.0 without dependencies. Names and shapes are
//! those of TiKV's crate (tikv/tikv 8e96471, components/coprocessor_plugin_api), so that a plugin's
//! source builds against either:
//!
//! - for `wasm32-unknown-unknown` into a module for coprsim's simulated nodes (plugins/ABI.md),
//! - natively into a library with the functions that a real TiKV looks up, and into the plugin's own
//!   tests with a [`RawStorage`] of their own.
//!
//! A plugin implements [`CoprocessorPlugin`] and names its constructor once by [`declare_plugin!`]:
//!
//! ```no_run
//! use coprocessor_plugin_api::*;
//! use std::ops::Range;
//!
//! struct Lengths;
//!
//! impl CoprocessorPlugin for Lengths {
//!     fn on_raw_coprocessor_request(
//!         &self,
//!         ranges: Vec<Range<Key>>,
//!         request: RawRequest,
//!         _storage: &dyn RawStorage,
//!     ) -> PluginResult<RawResponse> {
//!         Ok(vec![ranges.len() as u8, request.len() as u8])
//!     }
//! }
//!
//! declare_plugin!(Lengths);
//! ```

#![deny(missing_docs)]

#[doc(hidden)]
pub mod allocator;
#[doc(hidden)]
pub mod facts;
#[doc(hidden)]
pub mod util;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;

mod errors;
mod plugin_api;
mod storage_api;

pub use errors::*;
pub use plugin_api::*;
pub use storage_api::*;
