/**
 * The sandbox's side of frames (`../frames.ts` is the host's), and the functions that it keeps
 * from before the plugin came: text of a script, see `bootstrap.ts`.
 */

/** Functions for the rest of the bootstrap. Sizes are counted before anything is written. */
export const bootstrapFrames: string = String.raw`
const world = globalThis;
const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf: prototypeOf } = Reflect;
const { freeze } = Object, { floor, round } = Math;
const U8 = Uint8Array, Promised = Promise, Mistake = TypeError, Text = String, List = Array;
const isList = List.isArray, fromCodes = Text.fromCharCode;
const internalErrors = InternalError.prototype;
const encodeUri = encodeURIComponent, decodeUri = decodeURIComponent;
const escaped = escape, unescaped = unescape;
const bare = (f) => (self, a, b) => apply(f, self, [a, b]);
const getter = (name) => bare(getOwnPropertyDescriptor(prototypeOf(U8.prototype), name).get);
const kindOf = getter(Symbol.toStringTag), bytesIn = getter("byteLength");
const bufferOf = getter("buffer");
const copyInto = bare(U8.prototype.set);
const mapGet = bare(Map.prototype.get), mapSet = bare(Map.prototype.set);
const mapDelete = bare(Map.prototype.delete);
const codeAt = bare(Text.prototype.charCodeAt), cut = bare(Text.prototype.slice);
const wellFormed = bare(Text.prototype.toWellFormed);

const writer = (size) => ({ bytes: new U8(size), at: 0 });
const put8 = (into, value) => { into.bytes[into.at++] = value; };
function put32(into, value) {
  for (let bit = 0; bit < 32; bit += 8) into.bytes[into.at++] = value >>> bit;
}
function put64(into, value) {
  put32(into, value % 4294967296);
  put32(into, floor(value / 4294967296));
}
function putBytes(into, bytes) {
  put32(into, bytesIn(bytes));
  copyInto(into.bytes, bytes, into.at);
  into.at += bytesIn(bytes);
}
function putText(into, latin1) {
  put32(into, latin1.length);
  putRaw(into, latin1);
}
function putRaw(into, latin1) {
  const { bytes, at } = into;
  for (let from = 0; from < latin1.length; from++) bytes[at + from] = codeAt(latin1, from);
  into.at = at + latin1.length;
}
const putPair = (into, pair) => { putText(into, pair.key); putBytes(into, pair.value); };

const reader = (buffer) => ({ buffer, bytes: new U8(buffer), at: 0 });
const take8 = (from) => from.bytes[from.at++];
function take32(from) {
  const { bytes, at } = from;
  from.at = at + 4;
  const high = bytes[at + 3] * 16777216;
  return high + (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16);
}
function take64(from) {
  const low = take32(from);
  return take32(from) * 4294967296 + low;
}
function takeBytes(from) {
  const length = take32(from);
  const bytes = new U8(length);
  if (length > 0) copyInto(bytes, new U8(from.buffer, from.at, length), 0);
  from.at += length;
  return bytes;
}
function takeText(from) {
  const end = take32(from) + from.at;
  let found = "";
  while (from.at < end) {
    const length = end - from.at < 4096 ? end - from.at : 4096;
    found += apply(fromCodes, null, new U8(from.buffer, from.at, length));
    from.at += length;
  }
  return found;
}
const utf8 = (text) => unescaped(encodeUri(wellFormed(text)));
const takeUtf8 = (from) => decodeUri(escaped(takeText(from)));

const isBytes = (value) =>
  typeof value === "object" && value !== null && kindOf(value) === "Uint8Array";
function keyIn(key) {
  if (typeof key !== "string") throw new Mistake("a key is a latin1 string");
  for (let at = 0; at < key.length; at++) {
    if (codeAt(key, at) > 255) throw new Mistake("a key has a character above \\xff");
  }
  return key;
}
function numberIn(value) {
  if (typeof value === "number" && value >= 0 && value <= 2 ** 53) return value;
  throw new Mistake("a number of a PluginError is not between 0 and 2^53");
}
function pairIn({ key, value }) {
  if (!isBytes(value)) throw new Mistake("a value is a Uint8Array");
  return { key: keyIn(key), value };
}
function each(items, read) {
  if (!isList(items)) throw new Mistake("a list is an Array");
  const { length } = items;
  const found = new List(length);
  for (let at = 0; at < length; at++) found[at] = read(items[at]);
  return found;
}

// Outgoing frames begin with a byte for the outcome; a call's second byte is its operation.
const keySize = (key) => 4 + key.length;
const pairSize = (pair) => 8 + pair.key.length + bytesIn(pair.value);
function callFrame(size) {
  const into = writer(2 + size);
  into.at = 2;
  return into;
}
function keyFrame(key) {
  const into = callFrame(keySize(keyIn(key)));
  putText(into, key);
  return into.bytes;
}
function rangeFrame({ start, end }) {
  const into = callFrame(keySize(keyIn(start)) + keySize(keyIn(end)));
  putText(into, start);
  putText(into, end);
  return into.bytes;
}
function pairFrame(pair) {
  const into = callFrame(pairSize(pair));
  putPair(into, pair);
  return into.bytes;
}
function listFrame(items, sizeOf, put) {
  let size = 4;
  for (let at = 0; at < items.length; at++) size += sizeOf(items[at]);
  const into = callFrame(size);
  put32(into, items.length);
  for (let at = 0; at < items.length; at++) put(into, items[at]);
  return into.bytes;
}
function textFrame(kind, text) {
  const encoded = utf8(text);
  const into = writer(1 + encoded.length);
  put8(into, kind);
  putRaw(into, encoded);
  return into.bytes;
}
function bytesFrame(bytes) {
  const length = bytesIn(bytes);
  const into = writer(1 + length);
  put8(into, 1);
  copyInto(into.bytes, bytes, 1);
  return into.bytes;
}
`;
