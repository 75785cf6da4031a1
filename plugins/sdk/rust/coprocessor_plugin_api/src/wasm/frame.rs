//! Frames of wasm ABI v1: little-endian, bytes and lists behind a u32 of their length.

use super::storage::HostError;
use crate::{KvPair, PluginError};
use std::time::Duration;

const KEY_NOT_IN_REGION: u8 = 1;
const TIMEOUT: u8 = 2;
const CANCELED: u8 = 3;
const OTHER: u8 = 4;

/// Reads a frame of the host, which is whole by the ABI; else it panics.
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(frame: &'a [u8]) -> Self {
        Reader { left: frame }
    }

    pub fn u8(&mut self) -> u8 {
        self.slice(1)[0]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.slice(4).try_into().expect("four bytes"))
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.slice(8).try_into().expect("eight bytes"))
    }

    pub fn bytes(&mut self) -> Vec<u8> {
        let length = self.u32() as usize;
        self.slice(length).to_vec()
    }

    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.u32();
        (0..count).map(|_| item(self)).collect()
    }

    pub fn pairs(&mut self) -> Vec<KvPair> {
        self.list(|from| {
            let key = from.bytes();
            (key, from.bytes())
        })
    }

    pub fn error(&mut self) -> PluginError {
        match self.u8() {
            KEY_NOT_IN_REGION => PluginError::KeyNotInRegion {
                key: self.bytes(),
                region_id: self.u64(),
                start_key: self.bytes(),
                end_key: self.bytes(),
            },
            TIMEOUT => {
                let seconds = self.u64();
                PluginError::Timeout(Duration::new(seconds, self.u32()))
            }
            CANCELED => PluginError::Canceled,
            OTHER => {
                let handle = HostError(self.u32());
                let text = String::from_utf8_lossy(&self.bytes()).into_owned();
                PluginError::Other(text, Box::new(handle))
            }
            code => panic!("the host answered with the unknown error {}", code),
        }
    }

    fn slice(&mut self, length: usize) -> &'a [u8] {
        let (head, tail) = self.left.split_at(length);
        self.left = tail;
        head
    }
}

/// Writes a frame.
#[derive(Default)]
pub struct Writer {
    frame: Vec<u8>,
}

impl Writer {
    pub fn finish(self) -> Vec<u8> {
        self.frame
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.frame.extend_from_slice(bytes);
    }

    pub fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.count(items.len());
        for one in items {
            item(self, one);
        }
    }

    pub fn error(&mut self, error: &PluginError) {
        match error {
            PluginError::KeyNotInRegion { key, region_id, start_key, end_key } => {
                self.frame.push(KEY_NOT_IN_REGION);
                self.bytes(key);
                self.frame.extend_from_slice(&region_id.to_le_bytes());
                self.bytes(start_key);
                self.bytes(end_key);
            }
            PluginError::Timeout(after) => {
                self.frame.push(TIMEOUT);
                self.frame.extend_from_slice(&after.as_secs().to_le_bytes());
                self.frame.extend_from_slice(&after.subsec_nanos().to_le_bytes());
            }
            PluginError::Canceled => self.frame.push(CANCELED),
            PluginError::Other(text, boxed) => {
                let handle = boxed.downcast_ref::<HostError>().map_or(0, |error| error.0);
                self.frame.push(OTHER);
                self.frame.extend_from_slice(&handle.to_le_bytes());
                self.bytes(text.as_bytes());
            }
        }
    }

    /// Lengths fit: a wasm module's memory is at most 4 GiB.
    fn count(&mut self, count: usize) {
        self.frame.extend_from_slice(&(count as u32).to_le_bytes());
    }
}
