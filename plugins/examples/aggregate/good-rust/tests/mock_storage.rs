//! The plugin over a storage in memory, as an author tests it without any node. The methods are
//! written out as `#[async_trait(?Send)]` would make them.

use aggregate::Aggregate;
use coprocessor_plugin_api::*;
use std::collections::BTreeMap;
use std::future::{ready, Future};
use std::ops::Range;
use std::pin::Pin;

type Reply<'a, T> = Pin<Box<dyn Future<Output = PluginResult<T>> + 'a>>;

/// Rows to scan. An aggregate does nothing else.
struct Rows {
    rows: BTreeMap<Key, Value>,
    refuses: bool,
}

impl RawStorage for Rows {
    fn scan<'life0, 'async_trait>(
        &'life0 self,
        range: Range<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            if self.refuses {
                return Err(PluginError::Other("epoch not match".into(), Box::new(7_u32)));
            }
            let inside =
                |key: &Key| *key >= range.start && (range.end.is_empty() || *key < range.end);
            let pairs = self.rows.iter().filter(|(key, _)| inside(key));
            Ok(pairs.map(|(key, value)| (key.clone(), value.clone())).collect())
        })
    }

    fn get<'life0, 'async_trait>(&'life0 self, _: Key) -> Reply<'async_trait, Option<Value>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn batch_get<'life0, 'async_trait>(
        &'life0 self,
        _: Vec<Key>,
    ) -> Reply<'async_trait, Vec<KvPair>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn put<'life0, 'async_trait>(&'life0 self, _: Key, _: Value) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn batch_put<'life0, 'async_trait>(&'life0 self, _: Vec<KvPair>) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn delete<'life0, 'async_trait>(&'life0 self, _: Key) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn batch_delete<'life0, 'async_trait>(&'life0 self, _: Vec<Key>) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }

    fn delete_range<'life0, 'async_trait>(&'life0 self, _: Range<Key>) -> Reply<'async_trait, ()>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(ready(Err(PluginError::Canceled)))
    }
}

fn ask(storage: &Rows, request: &[u8]) -> PluginResult<RawResponse> {
    let everything = Key::new()..Key::new();
    Aggregate.on_raw_coprocessor_request(vec![everything], request.to_vec(), storage)
}

fn rows(refuses: bool) -> Rows {
    let values = [("a1", 5_i64), ("a2", -2), ("b", i64::MAX)];
    let rows = values.iter().map(|(key, value)| (Key::from(*key), value.to_le_bytes().to_vec()));
    Rows { rows: rows.chain([(Key::from("a3"), vec![1])]).collect(), refuses }
}

#[test]
fn counts_and_the_best_of_a_prefix() {
    let request = [1, 1 + 32, 0, 1, 0, 1, 0, 0, 0, b'a'];
    let mut expected = vec![1, 0, 33, 0, 1, 0];
    expected.extend_from_slice(&1_u64.to_le_bytes()); // skipped: a3
    expected.extend_from_slice(&2_u64.to_le_bytes()); // a1 and a2
    expected.extend_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, b'a', b'1']);
    expected.extend_from_slice(&5_i64.to_le_bytes());
    assert_eq!(ask(&rows(false), &request).expect("an answer"), expected);
}

#[test]
fn a_sum_may_be_wider_than_its_values() {
    let request = [1, 2, 0, 0, 0, 0, 0, 0, 0];
    let response = ask(&rows(false), &request).expect("an answer");
    assert_eq!(response[14..], (i128::from(i64::MAX) + 3).to_le_bytes());
}

#[test]
fn a_storage_error_comes_back_in_its_own_box() {
    match ask(&rows(true), &[1, 1, 0, 0, 0, 0, 0, 0, 0]) {
        Err(PluginError::Other(text, error)) => {
            assert_eq!(text, "epoch not match");
            assert_eq!(error.downcast_ref::<u32>(), Some(&7));
        }
        other => panic!("expected the storage's error, not {:?}", other),
    }
}

#[test]
fn a_malformed_request_is_refused_in_the_response() {
    assert_eq!(ask(&rows(true), &[9]).expect("an answer"), [1, 1, 2, 0, 0, 0, 0]);
}
