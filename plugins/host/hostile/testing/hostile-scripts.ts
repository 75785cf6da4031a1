/** Hostile plugins as scripts. A request whose first byte is 0 gets one byte from each of them. */

/** A hostile plugin and how it must end. */
export type HostileCase = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `broken`, `constructor` or the kind of the last step, with the reason and text behind it. */
  readonly end: RegExp;
};

type Body = readonly [name: string, body: string, end: RegExp];

const bodies: readonly Body[] = [
  ["an endless loop", "for (;;);", /^trap fuel/],
  ["endless recursion", "const f = () => f() + 1; f();", /^trap depth/],
  [
    "recursion that catches its own end",
    "const f = () => { try { f(); } catch {} f(); }; f();",
    /^trap (?:depth|fuel)/,
  ],
  ["a string that doubles", 'let s = "x"; for (;;) s = s + s + ".";', /^(?:trap memory|panic)/],
  ["arrays without end", "const a = []; for (;;) a.push(new Uint8Array(1e5));", /^trap memory/],
  [
    "arrays without end, errors caught",
    "const a = []; for (;;) try { a.push(new Array(999).fill(1)); } catch {}",
    /^trap (?:fuel|memory)/,
  ],
  ["one huge buffer", "return new Uint8Array(2 ** 31 - 1);", /^trap memory/],
  ["a response too large", "return new Uint8Array(2 << 20);", /^trap responseBytes/],
  ["a regular expression", '/^(a+)+$/.test("a".repeat(60) + "b");', /^trap fuel/],
  [
    "a flood of microtasks",
    "const f = () => Promise.resolve().then(f); f(); await f();",
    /^trap fuel/,
  ],
  [
    "a flood of microtasks without a script function",
    "const t = { length: 1, then: Array.prototype.forEach }; t[0] = t; await t;",
    /^trap fuel/,
  ],
  [
    "a native loop over 2^53 items",
    "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);",
    /^trap fuel/,
  ],
  [
    "a native search repeated",
    'const s = "a".repeat(4e6); for (;;) s.indexOf("b");',
    /^trap (?:fuel|memory)/,
  ],
  ["a number that doubles", "let n = 3n; for (;;) n *= n;", /^(?:trap|panic)/],
  ["a sort of 30 MB", "new Uint8Array(3e7).map((_, i) => i * 7).sort();", /^trap (?:fuel|memory)/],
  ["a source of deep nesting", 'eval("(".repeat(1e5));', /^(?:trap depth|panic)/],
  ["data of deep nesting", 'JSON.parse("[".repeat(1e5));', /^(?:trap depth|panic)/],
  ["Function's constructor", '(() => {}).constructor("return process")();', /^panic .*process/],
  [
    "the storage's constructor",
    'return storage.constructor.constructor("return globalThis.process")();',
    /^trap protocol/,
  ],
  [
    "globals of a host",
    `const names = ["process", "require", "module", "fetch", "setTimeout", "performance", "std",
       "os", "Intl", "SharedArrayBuffer", "console", "coprsim", "bootstrap"];
     const found = names.filter((name) => name in globalThis);
     if (found.length > 0) throw new Error(found.join());
     return new Uint8Array(2);`,
    /^response 2$/,
  ],
  [
    "built-in functions replaced under the sandbox",
    `const bad = () => { throw 1; };
     for (const name of ["set", "subarray", "slice"]) Uint8Array.prototype[name] = bad;
     for (const name of ["get", "set", "delete"]) Map.prototype[name] = () => { throw 2; };
     String.prototype.charCodeAt = () => 9; Array.isArray = () => false;
     Reflect.apply = () => 0; Promise.prototype.then = () => { throw 3; };
     Object.defineProperty(Uint8Array.prototype, "length", { get: () => 1e9 });
     const value = await storage.get("k");
     return new Uint8Array(value[0]);`,
    /^response 7$/,
  ],
  [
    "a thenable as everybody's prototype",
    "Object.prototype.then = () => {}; return new Uint8Array(1);",
    /^trap trap the request waits/,
  ],
  ["a promise that nobody keeps", "await new Promise(() => {});", /^trap trap the request waits/],
  [
    "a storage call after the answer",
    'Promise.resolve().then(() => storage.get("k")); return new Uint8Array(2);',
    /^trap protocol .*under way/,
  ],
  [
    "the storage of another request",
    `if (globalThis.old) return globalThis.old.get("k");
     globalThis.old = storage; throw new PluginError("first");`,
    /^error other first 0; then panic storage is used after/,
  ],
  [
    "a key that is an object",
    "storage.get({ length: -1, charCodeAt: () => 7 });",
    /^trap protocol/,
  ],
  ["a key above a byte", 'storage.get("\\u0100");', /^trap protocol .*above/],
  ["a value that is an array", 'storage.put("k", [1, 2, 3]);', /^trap protocol/],
  [
    "a value with a length of its own",
    'const v = new Uint8Array(2); Object.defineProperty(v, "length", { value: -1 }); return v;',
    /^response 2$/,
  ],
  [
    "a list that lies about its length",
    `await storage.batchGet(new Proxy([], {
       get: (_, name) => (name === "length" ? 2 ** 32 - 1 : "k") }));`,
    /^trap (?:fuel|memory|protocol)/,
  ],
  ["a list of length -1", "await storage.batchGet({ length: -1 });", /^trap protocol/],
  ["storage calls without end", 'for (;;) await storage.get("k");', /^trap storageCalls/],
  [
    "storage calls without end, none awaited",
    'for (;;) storage.get("k").catch(() => 0);',
    /^trap (?:fuel|memory)/,
  ],
  [
    "a forged handle",
    'throw Object.assign(new PluginError("x"), { handle: 5 });',
    /^error other x 0/,
  ],
  ["an error without end", "throw { get message() { for (;;); } };", /^trap fuel/],
  ["an error that throws", "throw { get message() { throw 1; } };", /^panic an error that cannot/],
  ["nothing thrown", "throw null;", /^panic null/],
  ["a symbol thrown", 'throw Symbol("x");', /^panic/],
  ["a proxy as the answer", "return new Proxy(new Uint8Array(1), {});", /^trap protocol/],
  ["the clock", "return Date.now();", /^panic uses the clock/],
  ["the clock, constructed", "return new Date();", /^panic uses the clock/],
  ["chance", "return Math.random();", /^panic uses chance/],
  ["the collector", "return new WeakRef({});", /^panic watches the garbage collector/],
  ["the clock restored", "delete globalThis.Date; Date.now();", /^panic/],
  ["a module by a computed name", 'await import(["node", "fs"].join(":"));', /^panic/],
];

const whole: readonly (readonly [name: string, source: string | Uint8Array, end: RegExp])[] = [
  ["an empty script", "", /^broken describe .*no handler/],
  ["a script cut off", "export default async (", /^broken malformed/],
  ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x80), /^broken malformed .*UTF-8/],
  ["an import of the host's", 'import "node:fs"; export default 1;', /^broken malformed .*node:fs/],
  ["an import of a file", 'import x from "/etc/passwd"; export default x;', /^broken malformed/],
  ["an endless script", "for (;;);", /^broken describe trap: used more/],
  ["a script that throws", 'throw new Error("no");', /^broken describe panic: no/],
  ["a handler that is none", "export default 7;", /^broken describe/],
  ["no name", "export default () => 1;", /^broken describe .*name, version/],
  [
    "a name that is an object",
    "export const plugin = { name: {}, version: [] }; export default () => 1;",
    /^broken describe/,
  ],
];

/** All of them. */
export const hostileScripts: readonly HostileCase[] = [
  ...bodies.map(([name, body, end]) => ({ name, bytes: Buffer.from(scriptOf(body)), end })),
  ...whole.map(([name, source, end]) => ({
    name,
    bytes: typeof source === "string" ? Buffer.from(source) : source,
    end,
  })),
];

function scriptOf(body: string): string {
  return `export const plugin = { name: "hostile", version: "1.0.0" };
    export default async (ranges, request, storage) => {
      if (request[0] === 0) return new Uint8Array(1);
      ${body}
    };`;
}
