//! What a library says of itself as plain bytes, so that a reader need not run it. The format is a
//! contract with coprsim's plugins/host/native/embedded-facts.ts.

/// Begins the record.
const MARK: &str = "COPRSIM-PLUGIN-FACTS-1";

/// Bytes of the record over these texts: each, and the mark, is ended by a zero byte.
pub const fn size(texts: &[&str; 5]) -> usize {
    let mut total = MARK.len() + 1;
    let mut index = 0;
    while index < texts.len() {
        total += texts[index].len() + 1;
        index += 1;
    }
    total
}

/// The record: API version, target, rustc, name, version. `SIZE` is what [`size`] says.
pub const fn record<const SIZE: usize>(texts: &[&str; 5]) -> [u8; SIZE] {
    let (mut into, mut at) = append([0; SIZE], 0, MARK);
    let mut index = 0;
    while index < texts.len() {
        let (longer, end) = append(into, at, texts[index]);
        into = longer;
        at = end;
        index += 1;
    }
    assert!(at == SIZE);
    into
}

/// Puts the text at `at`; the zero byte behind it is there already.
const fn append<const SIZE: usize>(
    mut into: [u8; SIZE],
    at: usize,
    text: &str,
) -> ([u8; SIZE], usize) {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        into[at + index] = bytes[index];
        index += 1;
    }
    (into, at + bytes.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_with_zero_bytes() {
        const TEXTS: [&str; 5] = ["0.1.0", "target", "rustc 1", "", "1.0.0"];
        const RECORD: [u8; size(&TEXTS)] = record(&TEXTS);
        let expected = "COPRSIM-PLUGIN-FACTS-1\x000.1.0\0target\0rustc 1\0\x001.0.0\0";
        assert_eq!(&RECORD[..], expected.as_bytes());
    }
}
