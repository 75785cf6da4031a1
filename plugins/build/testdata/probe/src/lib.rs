//! The probe in Rust: ../../../../host/testing/probe-requests.ts says what its commands do.

use coprocessor_plugin_api::*;
use std::convert::TryInto;
use std::future::Future;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

static COUNT: AtomicU32 = AtomicU32::new(0);

struct Probe;

impl CoprocessorPlugin for Probe {
    fn on_raw_coprocessor_request(
        &self,
        ranges: Vec<Range<Key>>,
        request: RawRequest,
        storage: &dyn RawStorage,
    ) -> PluginResult<RawResponse> {
        let rest = &request[1..];
        match request[0] {
            b'S' => block_on(script(rest, storage)),
            b'A' => block_on(script(rest, storage))
                .map_err(|_| PluginError::Other("again".into(), Box::new("a new box"))),
            b'E' => {
                let mut frame = u32(ranges.len());
                for range in &ranges {
                    frame.extend(sized(&range.start));
                    frame.extend(sized(&range.end));
                }
                frame.extend(sized(&request));
                Ok(frame)
            }
            b'G' => Err(PluginError::Other("forged".into(), Box::new(77_u32))),
            b'C' => Ok(u32(COUNT.fetch_add(1, Ordering::Relaxed) as usize + 1)),
            b'P' => panic!("{}", String::from_utf8_lossy(rest)),
            b'B' => Ok(vec![0; Reader(rest).u32()]),
            b'F' => loop {
                block_on(storage.get(b"k".to_vec()))?;
            },
            command => panic!("the Rust probe has no command {}", command),
        }
    }
}

declare_plugin!("probe", "1.0.0", Probe);

async fn script(calls: &[u8], storage: &dyn RawStorage) -> PluginResult<Vec<u8>> {
    let mut answers = Vec::new();
    let mut from = Reader(calls);
    while !from.0.is_empty() {
        let operation = from.slice(1)[0];
        let frame = from.bytes();
        answers.push(0);
        answers.extend(ask(operation, Reader(&frame), storage).await?);
    }
    Ok(answers)
}

/// Makes the call and gives its result as in an answer's frame.
async fn ask(operation: u8, mut from: Reader<'_>, storage: &dyn RawStorage) -> PluginResult<Vec<u8>> {
    Ok(match operation {
        1 => match storage.get(from.bytes()).await? {
            None => vec![0],
            Some(value) => [vec![1], sized(&value)].concat(),
        },
        2 => pairs(storage.batch_get(from.list(Reader::bytes)).await?),
        3 => pairs(storage.scan(from.bytes()..from.bytes()).await?),
        4 => nothing(storage.put(from.bytes(), from.bytes()).await?),
        5 => nothing(storage.batch_put(from.list(|one| (one.bytes(), one.bytes()))).await?),
        6 => nothing(storage.delete(from.bytes()).await?),
        7 => nothing(storage.batch_delete(from.list(Reader::bytes)).await?),
        8 => nothing(storage.delete_range(from.bytes()..from.bytes()).await?),
        _ => panic!("storage has no operation {}", operation),
    })
}

fn nothing((): ()) -> Vec<u8> {
    Vec::new()
}

fn pairs(pairs: Vec<KvPair>) -> Vec<u8> {
    let items = pairs.iter().map(|(key, value)| [sized(key), sized(value)].concat());
    [u32(pairs.len()), items.collect::<Vec<_>>().concat()].concat()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [u32(bytes.len()), bytes.to_vec()].concat()
}

fn u32(number: usize) -> Vec<u8> {
    (number as u32).to_le_bytes().to_vec()
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn u32(&mut self) -> usize {
        u32::from_le_bytes(self.slice(4).try_into().expect("four bytes")) as usize
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.u32();
        self.slice(length)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.u32()).map(|_| item(self)).collect()
    }

    fn slice(&mut self, length: usize) -> Vec<u8> {
        let (head, tail) = self.0.split_at(length);
        self.0 = tail;
        head.to_vec()
    }
}

struct Noop;

impl Wake for Noop {
    fn wake(self: Arc<Self>) {}
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Noop).into();
    let mut future: std::pin::Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the host's answers are ready"),
    }
}
