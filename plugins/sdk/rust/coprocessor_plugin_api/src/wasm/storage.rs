//! [`RawStorage`] over the host's storage function.

use super::frame::{Reader, Writer};
use super::host;
use crate::{Key, KvPair, PluginResult, RawStorage, Value};
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

/// The node's error inside `PluginError::Other`, as the host knows it by number.
pub struct HostError(pub u32);

/// The storage of the request that runs.
pub struct HostStorage;

type Reply<'a, T> = Pin<Box<dyn Future<Output = PluginResult<T>> + 'a>>;

/// As in TiKV nothing happens before the first poll. That poll is ready: the host lets the whole
/// module rest meanwhile.
fn ask<'a, T: 'a>(
    operation: u32,
    write: impl FnOnce(&mut Writer) + 'a,
    read: impl FnOnce(&mut Reader<'_>) -> T + 'a,
) -> Reply<'a, T> {
    Box::pin(async move {
        let mut call = Writer::default();
        write(&mut call);
        let answer = host::storage(operation, &call.finish());
        let mut from = Reader::new(&answer);
        match from.u8() {
            0 => Ok(read(&mut from)),
            _ => Err(from.error()),
        }
    })
}

fn nothing(_: &mut Reader<'_>) {}

fn write_range(into: &mut Writer, range: &Range<Key>) {
    into.bytes(&range.start);
    into.bytes(&range.end);
}

fn write_keys(into: &mut Writer, keys: &[Key]) {
    into.list(keys, |into, key| into.bytes(key));
}

impl RawStorage for HostStorage {
    fn get<'life0, 'async_trait>(&'life0 self, key: Key) -> Reply<'async_trait, Option<Value>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(
            1,
            move |into| into.bytes(&key),
            |from| match from.u8() {
                0 => None,
                _ => Some(from.bytes()),
            },
        )
    }

    fn batch_get<'life0, 'async_trait>(
        &'life0 self,
        keys: Vec<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(2, move |into| write_keys(into, &keys), |from| from.pairs())
    }

    fn scan<'life0, 'async_trait>(
        &'life0 self,
        key_range: Range<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(3, move |into| write_range(into, &key_range), |from| from.pairs())
    }

    fn put<'life0, 'async_trait>(&'life0 self, key: Key, value: Value) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let write = move |into: &mut Writer| {
            into.bytes(&key);
            into.bytes(&value);
        };
        ask(4, write, nothing)
    }

    fn batch_put<'life0, 'async_trait>(
        &'life0 self,
        kv_pairs: Vec<KvPair>,
    ) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let write = move |into: &mut Writer| {
            into.list(&kv_pairs, |into, (key, value)| {
                into.bytes(key);
                into.bytes(value);
            });
        };
        ask(5, write, nothing)
    }

    fn delete<'life0, 'async_trait>(&'life0 self, key: Key) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(6, move |into| into.bytes(&key), nothing)
    }

    fn batch_delete<'life0, 'async_trait>(&'life0 self, keys: Vec<Key>) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(7, move |into| write_keys(into, &keys), nothing)
    }

    fn delete_range<'life0, 'async_trait>(
        &'life0 self,
        key_range: Range<Key>,
    ) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ask(8, move |into| write_range(into, &key_range), nothing)
    }
}
