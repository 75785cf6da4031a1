/** The probe as a script: ../../testing/probe-requests.ts says what its commands do. */

/** Who it is. */
export const plugin = { name: "probe", version: "1.0.0" };

let count = 0;

/** Answers a request. */
export default async function handle(ranges, data, storage) {
  const command = String.fromCharCode(data[0] ?? 0);
  const rest = data.subarray(1);
  switch (command) {
    case "S":
      return script(rest, storage, (error) => error);
    case "A":
      return script(rest, storage, () => new PluginError("again"));
    case "E":
      return join([
        u32(ranges.length),
        ...ranges.flatMap(({ start, end }) => [latin1(start), latin1(end)]),
        sized(data),
      ]);
    case "G":
      throw Object.assign(new PluginError("forged"), { handle: 77 });
    case "C":
      count += 1;
      return u32(count);
    case "P":
      throw new Error(String.fromCharCode(...rest));
    case "B":
      return new Uint8Array(read32(rest, 0));
    case "F":
      for (;;) await storage.get("k");
    case "L":
      for (;;) count = count | 0;
    case "Y":
      for (;;) data.slice();
    case "D":
      return recurse(1);
    case "M": {
      const kept = [];
      for (;;) kept.push(new Array(1000).fill(1));
    }
    case "T":
      return new Promise(() => {});
    case "N":
      return undefined;
    case "O":
      return { buffer: new ArrayBuffer(8), byteOffset: 4, byteLength: 0xffffffff, length: -1 };
    case "W": {
      let awaited = storage.get("k");
      for (let left = read32(rest, 0); left > 0; left--) awaited = frame(awaited);
      await awaited;
      return rest.slice(0, 4);
    }
    case "Z": {
      const before = new Uint32Array(30_000);
      await storage.get("k");
      const grown = new Uint32Array(200_000);
      return u32([before, grown].reduce((bits, part) => part.reduce((a, b) => a | b, bits), 0));
    }
    default:
      throw new Error(`the script probe has no command ${command}`);
  }
}

async function frame(awaited) {
  const value = await awaited;
  return value;
}

function recurse(depth) {
  return 1 + recurse(depth + 1);
}

async function script(items, storage, onError) {
  const answers = [];
  for (let at = 0; at < items.length; ) {
    const end = at + 5 + read32(items, at + 1);
    const found = await ask(items[at], items.subarray(at + 5, end), storage).catch((error) => {
      throw error instanceof PluginError ? onError(error) : error;
    });
    answers.push(found);
    at = end;
  }
  return join(answers);
}

/** Makes the call and gives the frame of its answer. What no call is, storage refuses. */
async function ask(operation, frame, storage) {
  const from = { frame, at: 0 };
  switch (operation) {
    case 1: {
      const value = await storage.get(key(from));
      if (value === undefined) return Uint8Array.of(0);
      return value === null ? Uint8Array.of(0, 0) : join([Uint8Array.of(0, 1), sized(value)]);
    }
    case 2:
      return pairsFrame(await storage.batchGet(list(from, key)));
    case 3:
      return pairsFrame(await storage.scan({ start: key(from), end: key(from) }));
    case 4:
      return done(await storage.put(key(from), value(from)));
    case 5:
      return done(await storage.batchPut(list(from, pair)));
    case 6:
      return done(await storage.delete(key(from)));
    case 7:
      return done(await storage.batchDelete(list(from, key)));
    case 8:
      return done(await storage.deleteRange({ start: key(from), end: key(from) }));
    default:
      return storage.get(operation);
  }
}

function value(from) {
  const length = read32(from.frame, from.at);
  const start = from.at + 4;
  if (length > from.frame.length - start) return undefined;
  from.at = start + length;
  return from.frame.slice(start, from.at);
}

function key(from) {
  const bytes = value(from);
  return bytes && String.fromCharCode(...bytes);
}

function pair(from) {
  return { key: key(from), value: value(from) };
}

function list(from, item) {
  const count = read32(from.frame, from.at);
  from.at += 4;
  if (count > from.frame.length) return undefined;
  return Array.from({ length: count }, () => item(from));
}

function pairsFrame(pairs) {
  const parts = pairs.flatMap((one) => [latin1(one.key), sized(one.value)]);
  return join([Uint8Array.of(0), u32(pairs.length), ...parts]);
}

function done(result) {
  if (result !== undefined) throw new Error("a write answers with nothing");
  return Uint8Array.of(0);
}

function latin1(text) {
  return sized(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

function sized(bytes) {
  return join([u32(bytes.length), bytes]);
}

function u32(number) {
  return Uint8Array.of(number, number >>> 8, number >>> 16, number >>> 24);
}

function read32(bytes, at) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function join(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
}
