//! Panics, told with their place before the module traps.

use super::host;
use std::panic;

/// From now on panics reach the host as `text at file:line:column`. A hook that the plugin sets
/// later replaces this one, as it would replace a node's.
pub fn tell_host() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic whose payload is no text");
        match info.location() {
            Some(place) => host::panicked(&format!("{} at {}", text, place)),
            None => host::panicked(text),
        }
    }));
}
