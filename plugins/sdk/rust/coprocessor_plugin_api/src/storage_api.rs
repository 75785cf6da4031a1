//! What a plugin sees of the node's storage.

use crate::PluginResult;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

/// A key.
pub type Key = Vec<u8>;
/// A value.
pub type Value = Vec<u8>;
/// A key and its value.
pub type KvPair = (Key, Value);

/// What the methods of [`RawStorage`] return: it does nothing before it is awaited.
type Reply<'a, T> = Pin<Box<dyn Future<Output = PluginResult<T>> + 'a>>;

/// The node's storage. The signatures are written out as `#[async_trait(?Send)]` makes them, so
/// that implementations (mocks in tests) may use that attribute.
pub trait RawStorage {
    /// The value of a key, if there is one.
    fn get<'life0, 'async_trait>(&'life0 self, key: Key) -> Reply<'async_trait, Option<Value>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// The pairs of those of the keys that have a value.
    fn batch_get<'life0, 'async_trait>(
        &'life0 self,
        keys: Vec<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// All pairs from the range's start to before its end, in order of their keys.
    fn scan<'life0, 'async_trait>(
        &'life0 self,
        key_range: Range<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// Sets a key's value.
    fn put<'life0, 'async_trait>(&'life0 self, key: Key, value: Value) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// Sets the values of several keys.
    fn batch_put<'life0, 'async_trait>(
        &'life0 self,
        kv_pairs: Vec<KvPair>,
    ) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// Removes a key; one that is not there is no error.
    fn delete<'life0, 'async_trait>(&'life0 self, key: Key) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// Removes several keys.
    fn batch_delete<'life0, 'async_trait>(&'life0 self, keys: Vec<Key>) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// Removes every key from the range's start to before its end.
    fn delete_range<'life0, 'async_trait>(
        &'life0 self,
        key_range: Range<Key>,
    ) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait;
}
