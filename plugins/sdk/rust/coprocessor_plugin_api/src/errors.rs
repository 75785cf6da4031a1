//! What a storage operation can end with instead of its result.

use crate::Key;
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A result, or the error to return from the request.
pub type PluginResult<T> = Result<T, PluginError>;

/// An error of the node. What is wrong with a request is better said inside the response, in the
/// plugin's own format.
#[derive(Debug)]
pub enum PluginError {
    /// The key lies outside of the region that the request was sent to.
    KeyNotInRegion {
        /// The key that was asked for.
        key: Key,
        /// The region, and its borders as the node knows them.
        region_id: u64,
        /// The first key of the region.
        start_key: Key,
        /// The first key behind it; empty if there is no end.
        end_key: Key,
    },
    /// The operation took longer than this.
    Timeout(Duration),
    /// The request was given up.
    Canceled,
    /// Anything else, told as text. The box holds the node's own error: return both untouched, and
    /// the client learns of moved regions and tries again; a new box loses that.
    Other(String, Box<dyn Any>),
}

impl fmt::Display for PluginError {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyNotInRegion { key, region_id, .. } => {
                write!(into, "Key {:?} not found in region {:?}", key, region_id)
            }
            Self::Timeout(after) => write!(into, "timeout after {:?}", after),
            Self::Canceled => into.write_str("request canceled"),
            Self::Other(text, _) => into.write_str(text),
        }
    }
}

impl Error for PluginError {}
