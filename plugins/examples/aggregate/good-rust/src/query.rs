//! The request's own bytes.

/// What a request can ask for, as bits of `wants`.
pub mod wants {
    pub const COUNT: u8 = 1;
    pub const SUM: u8 = 2;
    pub const MIN: u8 = 4;
    pub const MAX: u8 = 8;
    pub const AVERAGE: u8 = 16;
    pub const TOP: u8 = 32;
    pub const ALL: u8 = 63;
}

const VERSION: u8 = 1;
const TOP_MAX: u16 = 1_000;
const KEY_PREFIX_BYTES_MAX: usize = 256;

/// Which of the top entries come first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    LargestFirst,
    SmallestFirst,
}

/// A well-formed request.
#[derive(PartialEq, Eq, Debug)]
pub struct Query<'a> {
    pub wants: u8,
    pub order: Order,
    pub top: u16,
    pub key_prefix: &'a [u8],
}

/// Why a request is refused; ../../README.md lists the numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    Short = 1,
    Version = 2,
    Wants = 3,
    Order = 4,
    Top = 5,
    Prefix = 6,
    Trailing = 7,
}

/// A refusal, and the byte of the request where it stops making sense.
#[derive(PartialEq, Eq, Debug)]
pub struct Refusal {
    pub reason: Reason,
    pub offset: u32,
}

impl<'a> Query<'a> {
    /// Reads the fields in order; the first wrong one is the reason.
    pub fn read(request: &'a [u8]) -> Result<Self, Refusal> {
        let mut from = Fields { request, at: 0 };
        from.check(Reason::Version, |from| Some(from.u8()? == VERSION).map(|fits| (fits, ())))?;
        let wants = from.check(Reason::Wants, |from| {
            let wants = from.u8()?;
            Some((wants != 0 && wants <= wants::ALL, wants))
        })?;
        let order = from.check(Reason::Order, |from| {
            let order = from.u8()?;
            let read = if order == 1 { Order::SmallestFirst } else { Order::LargestFirst };
            Some((order <= 1, read))
        })?;
        let top = from.check(Reason::Top, |from| {
            let top = u16::from_le_bytes(from.slice(2)?.try_into().ok()?);
            Some((top <= TOP_MAX, top))
        })?;
        let key_prefix = from.check(Reason::Prefix, |from| {
            let length = u32::from_le_bytes(from.slice(4)?.try_into().ok()?) as usize;
            let prefix = from.slice(length)?;
            Some((prefix.len() <= KEY_PREFIX_BYTES_MAX, prefix))
        })?;
        from.check(Reason::Trailing, |from| Some((from.at == request.len(), ())))?;
        Ok(Query { wants, order, top, key_prefix })
    }

    /// Whether the request asks for this.
    pub fn wants(&self, bit: u8) -> bool {
        self.wants & bit != 0
    }

    /// How many of the top entries must be kept.
    pub fn top_kept(&self) -> usize {
        if self.wants(wants::TOP) {
            self.top.into()
        } else {
            0
        }
    }
}

struct Fields<'a> {
    request: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// One field, refused at its first byte: as cut short where `read` finds too few bytes, else for
    /// `reason` where what it read does not fit.
    fn check<T>(
        &mut self,
        reason: Reason,
        read: impl FnOnce(&mut Self) -> Option<(bool, T)>,
    ) -> Result<T, Refusal> {
        let offset = self.at as u32;
        match read(self) {
            None => Err(Refusal { reason: Reason::Short, offset }),
            Some((false, _)) => Err(Refusal { reason, offset }),
            Some((true, value)) => Ok(value),
        }
    }

    fn u8(&mut self) -> Option<u8> {
        self.slice(1).map(|bytes| bytes[0])
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let slice = self.request.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_request_is_read_and_each_cut_is_short_at_its_field() {
        let request = [1, 33, 1, 0xe8, 3, 2, 0, 0, 0, b'a', b'b'];
        let query = Query { wants: 33, order: Order::SmallestFirst, top: 1_000, key_prefix: b"ab" };
        assert_eq!(Query::read(&request), Ok(query));
        for length in 0..request.len() {
            let offset = [0, 1, 2, 3, 3, 5][length.min(5)];
            let refusal = Refusal { reason: Reason::Short, offset };
            assert_eq!(Query::read(&request[..length]), Err(refusal));
        }
    }

    #[test]
    fn the_first_wrong_field_is_the_reason() {
        let refused: &[(&[u8], Reason, u32)] = &[
            (&[2], Reason::Version, 0),
            (&[1, 0], Reason::Wants, 1),
            (&[1, 64], Reason::Wants, 1),
            (&[1, 1, 2], Reason::Order, 2),
            (&[1, 1, 0, 0xe9, 3], Reason::Top, 3),
            (&[1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], Reason::Short, 5),
            (&[1, 1, 0, 0, 0, 1, 0, 0, 0, 97, 98], Reason::Trailing, 10),
        ];
        for &(request, reason, offset) in refused {
            assert_eq!(Query::read(request), Err(Refusal { reason, offset }), "{:?}", request);
        }
    }
}
