//! Adds up 64-bit integers where they are stored. Requests, responses and what a client must merge
//! are described in ../README.md; this answers with the same bytes as its siblings.

mod block_on;
mod query;
mod ranges;
mod response;
mod totals;

use block_on::block_on;
use coprocessor_plugin_api::*;
use query::Query;
use ranges::{contains, join_ranges};
use std::ops::Range;
use totals::Totals;

/// The plugin. It keeps nothing between two requests.
pub struct Aggregate;

impl CoprocessorPlugin for Aggregate {
    fn on_raw_coprocessor_request(
        &self,
        ranges: Vec<Range<Key>>,
        request: RawRequest,
        storage: &dyn RawStorage,
    ) -> PluginResult<RawResponse> {
        match Query::read(&request) {
            Err(refusal) => Ok(response::refusal(&refusal)),
            Ok(query) => {
                let totals = block_on(add_up(ranges, &query, storage))?;
                Ok(response::totals(&query, &totals))
            }
        }
    }
}

declare_plugin!(Aggregate);

/// The totals over all ranges. A storage error is returned as it came: it may carry a region error.
async fn add_up(
    ranges: Vec<Range<Key>>,
    query: &Query<'_>,
    storage: &dyn RawStorage,
) -> PluginResult<Totals> {
    let mut totals = Totals::new(query.top_kept(), query.order);
    for range in join_ranges(ranges) {
        for (key, value) in storage.scan(range.clone()).await? {
            // A node puts an empty pair where a read failed; the answer would not be whole.
            let failed = key.is_empty() && value.is_empty();
            if failed || !contains(&range, &key) {
                return Err(PluginError::Other("scan failed part-way".into(), Box::new(())));
            }
            if key.starts_with(query.key_prefix) {
                totals.add(key, &value);
            }
        }
    }
    Ok(totals)
}
