//! What a plugin is.

use crate::{Key, PluginResult, RawStorage};
use std::ops::Range;

/// The bytes that a client put into its request.
pub type RawRequest = Vec<u8>;
/// The bytes that the client gets.
pub type RawResponse = Vec<u8>;

/// A plugin. The node makes one when it loads the library, and drops it when it unloads it;
/// requests run on it at the same time.
pub trait CoprocessorPlugin: Send + Sync {
    /// Answers one request. `ranges` are half-open and, as the client should see to, inside one
    /// region; an empty end means no end. An error or a panic ends the request without a response;
    /// a panic ends the node as well.
    fn on_raw_coprocessor_request(
        &self,
        ranges: Vec<Range<Key>>,
        request: RawRequest,
        storage: &dyn RawStorage,
    ) -> PluginResult<RawResponse>;
}
