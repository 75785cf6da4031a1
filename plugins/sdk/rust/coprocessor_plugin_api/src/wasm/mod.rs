//! The plugin's side of wasm ABI v1 (plugins/ABI.md): one plugin object in one module, which
//! answers one request at a time.

mod frame;
mod host;
mod panic;
mod storage;

use crate::util::{BuildInfo, PluginInfo};
use crate::CoprocessorPlugin;
use frame::{Reader, Writer};
use std::sync::{Arc, Mutex};
use storage::HostStorage;

static PLUGIN: Mutex<Option<Arc<dyn CoprocessorPlugin>>> = Mutex::new(None);

/// Tells the host who the plugin is.
pub fn describe(info: &PluginInfo) {
    let build = BuildInfo::get();
    let mut into = Writer::default();
    for text in [build.api_version, build.rustc, build.target, info.name, info.version] {
        into.bytes(text.as_bytes());
    }
    host::reply(host::Status::Response, &into.finish());
}

/// Constructs the plugin. Panics are told to the host from here on.
pub fn create(construct: impl FnOnce() -> Box<dyn CoprocessorPlugin>) {
    panic::tell_host();
    let plugin = Arc::from(construct());
    *PLUGIN.lock().expect(ALONE) = Some(plugin);
}

/// Answers the request whose frame has this length.
pub fn handle(length: usize) {
    let plugin = PLUGIN.lock().expect(ALONE).clone().expect("created before the first request");
    let frame = host::take(length);
    let mut from = Reader::new(&frame);
    let ranges = from.list(|from| {
        let start = from.bytes();
        start..from.bytes()
    });
    let data = from.bytes();
    match plugin.on_raw_coprocessor_request(ranges, data, &HostStorage) {
        Ok(response) => host::reply(host::Status::Response, &response),
        Err(error) => {
            let mut into = Writer::default();
            into.error(&error);
            host::reply(host::Status::Error, &into.finish());
        }
    }
}

/// Drops the plugin.
pub fn destroy() {
    let plugin = PLUGIN.lock().expect(ALONE).take();
    drop(plugin);
}

/// No thread is beside this one, and after a panic the instance is thrown away.
const ALONE: &str = "never held while the plugin runs";
