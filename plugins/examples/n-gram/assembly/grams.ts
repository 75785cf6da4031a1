/** A gram of a text and how often it occurs there. */
export class Gram {
  constructor(
    public code: u32,
    public count: u32,
  ) {}
}

/** The distinct grams of a text in their order: three bytes each, A to Z as a to z. */
export function gramsOf(text: Uint8Array): Gram[] {
  const grams = new Array<Gram>();
  if (text.length < 3) return grams;
  return distinct(codesOf(text, text.length - 2));
}

/** The codes of the first `count` grams of a text. */
export function codesOf(text: Uint8Array, count: i32): Uint32Array {
  const codes = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const first = <u32>folded(text[at]);
    codes[at] = (first << 16) | ((<u32>folded(text[at + 1])) << 8) | folded(text[at + 2]);
  }
  return codes;
}

/** Codes in order, each once with its count. */
export function distinct(codes: Uint32Array): Gram[] {
  const grams = new Array<Gram>();
  codes.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (let at = 0; at < codes.length; at++) {
    const last = grams.length - 1;
    if (last >= 0 && grams[last].code === codes[at]) grams[last].count += 1;
    else grams.push(new Gram(codes[at], 1));
  }
  return grams;
}

function folded(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
