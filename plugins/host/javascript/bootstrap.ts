/**
 * What runs inside the sandbox before the plugin: storage, errors, and the dispatch of requests.
 * It is a script of its own world, so it is text here. Nothing of it lies on the global object but
 * the class PluginError, it calls no function that the plugin can replace, and the sandbox has no
 * function of the host at all: the host calls `dispatch`, which only it holds, and reads frames.
 */
import { bootstrapFrames } from "./bootstrap-frames.ts";

/** Numbers of the actions of `dispatch(action, subject, frame)`. */
export const scriptAction = { load: 0, start: 1, settle: 2, poll: 3, drop: 4, show: 5 } as const;

/** First bytes of the frames that `dispatch` answers with. */
export const scriptOutcome = {
  call: 0,
  response: 1,
  error: 2,
  panic: 3,
  protocol: 4,
  stuck: 5,
  depth: 6,
  memory: 7,
  loaded: 8,
} as const;

/** Takes away what differs from run to run. */
const absences = `
const hide = (on, name, value) =>
  defineProperty(on, name, { value, writable: false, configurable: false, enumerable: false });
const absent = (what) => function () {
  throw new Mistake(what + ": a plugin has none, so that each run can be repeated");
};
const clock = absent("uses the clock (Date)");
for (const name of ["now", "parse", "UTC"]) {
  hide(clock, name, absent("uses the clock (Date." + name + ")"));
}
hide(world, "Date", clock);
hide(Math, "random", absent("uses chance (Math.random)"));
for (const name of ["WeakRef", "FinalizationRegistry"]) {
  hide(world, name, absent("watches the garbage collector (" + name + ")"));
}
delete world.SharedArrayBuffer;
`;

/** The one class that plugins see. Its handle is private: nobody can make one up. */
const pluginErrors = `
let fieldsOf, handleOf, given;
class PluginError extends Error {
  #fields;
  #handle = 0;
  constructor(fields) {
    const own = checked(typeof fields === "string" ? { kind: "other", text: fields } : fields);
    super(own.kind === "other" ? own.text : own.kind);
    this.#fields = own;
  }
  get kind() { return this.#fields.kind; }
  get key() { return this.#fields.key; }
  get regionId() { return this.#fields.regionId; }
  get start() { return this.#fields.start; }
  get end() { return this.#fields.end; }
  get timeoutUs() { return this.#fields.timeoutUs; }
  get text() { return this.#fields.text; }
  static {
    fieldsOf = (error) =>
      typeof error === "object" && error !== null && #fields in error ? error.#fields : null;
    handleOf = (error) => error.#handle;
    given = (fields, handle) => {
      const error = new PluginError(fields);
      error.#handle = handle;
      return error;
    };
  }
}
hide(PluginError.prototype, "name", "PluginError");
hide(world, "PluginError", PluginError);

function checked(fields) {
  const { kind } = fields;
  if (kind === "keyNotInRegion") {
    const { key, regionId, start, end } = fields;
    keyIn(key); keyIn(start); keyIn(end);
    return { kind, key, regionId: floor(numberIn(regionId)), start, end };
  }
  if (kind === "timeout") return { kind, timeoutUs: numberIn(fields.timeoutUs) };
  if (kind === "canceled") return { kind };
  const { text } = fields;
  if (kind === "other" && typeof text === "string") return { kind, text };
  throw new Mistake("a PluginError is keyNotInRegion, timeout, canceled, or other with a text");
}

function writeError(into, fields, handle) {
  if (fields.kind === "keyNotInRegion") {
    put8(into, 1);
    putText(into, fields.key);
    put64(into, fields.regionId);
    putText(into, fields.start);
    putText(into, fields.end);
  } else if (fields.kind === "timeout") {
    const seconds = floor(fields.timeoutUs / 1e6);
    put8(into, 2);
    put64(into, seconds);
    put32(into, round((fields.timeoutUs - seconds * 1e6) * 1e3));
  } else if (fields.kind === "canceled") {
    put8(into, 3);
  } else {
    put8(into, 4);
    put32(into, handle);
    putText(into, utf8(fields.text));
  }
}

function readError(from) {
  const kind = take8(from);
  if (kind === 1) {
    const key = takeText(from);
    const regionId = take64(from);
    const start = takeText(from);
    return given({ kind: "keyNotInRegion", key, regionId, start, end: takeText(from) }, 0);
  }
  if (kind === 2) {
    const seconds = take64(from);
    return given({ kind: "timeout", timeoutUs: seconds * 1e6 + take32(from) / 1e3 }, 0);
  }
  if (kind === 3) return given({ kind: "canceled" }, 0);
  const handle = take32(from);
  return given({ kind: "other", text: takeUtf8(from) }, handle);
}
`;

/** A request's storage. A call waits in its run's queue until the host has asked for it. */
const storage = `
const storageOf = (run) => freeze({
  get: (key) => ask(run, 1, () => keyFrame(key)),
  batchGet: (keys) => ask(run, 2, () => listFrame(each(keys, keyIn), keySize, putText)),
  scan: (range) => ask(run, 3, () => rangeFrame(range)),
  put: (key, value) => ask(run, 4, () => pairFrame(pairIn({ key, value }))),
  batchPut: (pairs) => ask(run, 5, () => listFrame(each(pairs, pairIn), pairSize, putPair)),
  delete: (key) => ask(run, 6, () => keyFrame(key)),
  batchDelete: (keys) => ask(run, 7, () => listFrame(each(keys, keyIn), keySize, putText)),
  deleteRange: (range) => ask(run, 8, () => rangeFrame(range)),
});

function ask(run, operation, encode) {
  let frame;
  try {
    if (run.over) throw new Mistake("storage is used after the request's answer");
    frame = encode();
    frame[1] = operation;
  } catch (error) {
    run.fault ??= "a storage call: " + shown(error);
    throw error;
  }
  const call = { operation, frame, resolve: null, reject: null, next: null };
  const answer = new Promised((resolve, reject) => {
    call.resolve = resolve;
    call.reject = reject;
  });
  if (run.last === null) run.first = call;
  else run.last.next = call;
  run.last = call;
  return answer;
}

function settle(run, buffer) {
  const { waiting } = run;
  run.waiting = null;
  const from = reader(buffer);
  if (take8(from) !== 0) return waiting.reject(readError(from));
  if (bytesIn(from.bytes) === 1) return waiting.resolve();
  if (waiting.operation === 1) return waiting.resolve(take8(from) === 0 ? null : takeBytes(from));
  const pairs = new List(take32(from));
  for (let at = 0; at < pairs.length; at++) {
    const key = takeText(from);
    pairs[at] = { key, value: takeBytes(from) };
  }
  waiting.resolve(pairs);
}
`;

/** From a request to its end, and what the host asks for. */
const dispatch = `
const runs = new Map();
let handler = null;

function load(exports) {
  const own = exports?.default ?? exports?.handle;
  if (typeof own !== "function") {
    return textFrame(4, "it exports no handler: neither a default nor a function handle");
  }
  const { name, version } = exports.plugin ?? {};
  if (typeof name !== "string" || typeof version !== "string") {
    return textFrame(4, "it does not export const plugin = { name, version }");
  }
  const { apiVersion, rustc, target } = exports.plugin.build ?? {};
  handler = own;
  const texts = [name, version, apiVersion, rustc, target];
  for (let at = 0; at < 5; at++) texts[at] = typeof texts[at] === "string" ? utf8(texts[at]) : "";
  const into = writer(21 + texts[0].length + texts[1].length + texts[2].length +
    texts[3].length + texts[4].length);
  put8(into, 8);
  for (let at = 0; at < 5; at++) putText(into, texts[at]);
  return into.bytes;
}

function start(id, buffer) {
  const from = reader(buffer);
  const ranges = new List(take32(from));
  for (let at = 0; at < ranges.length; at++) {
    const start = takeText(from);
    ranges[at] = { start, end: takeText(from) };
  }
  const run = { first: null, last: null, waiting: null, outcome: null, fault: null, over: false };
  mapSet(runs, id, run);
  carry(run, ranges, takeBytes(from));
}

async function carry(run, ranges, data) {
  try {
    const answer = await apply(handler, undefined, [ranges, data, storageOf(run)]);
    run.outcome = isBytes(answer)
      ? bytesFrame(answer)
      : textFrame(4, "the handler's answer is no Uint8Array");
  } catch (error) {
    run.outcome = failure(error);
  }
}

function failure(error) {
  const fields = fieldsOf(error);
  if (fields === null) {
    const text = shown(error);
    return textFrame(isInternal(error) ? internalKind(text) : 3, text);
  }
  const size = fields.kind === "keyNotInRegion"
    ? 22 + fields.key.length + fields.start.length + fields.end.length
    : fields.kind === "other" ? 10 + utf8(fields.text).length : fields.kind === "timeout" ? 14 : 2;
  const into = writer(size);
  put8(into, 2);
  writeError(into, fields, handleOf(error));
  return into.bytes;
}

const isInternal = (error) =>
  typeof error === "object" && error !== null && prototypeOf(error) === internalErrors;
const internalKind = (text) =>
  text === "out of memory" ? 7 : text === "stack overflow" ? 6 : 3;

function shown(error) {
  try {
    const text = typeof error === "object" && error !== null ? error.message : error;
    return cut(typeof text === "string" ? text : Text(text), 0, 4096);
  } catch {
    return "an error that cannot be shown";
  }
}

function poll(run) {
  if (run.fault !== null) return textFrame(4, run.fault);
  const { outcome, first } = run;
  if (outcome === null && first === null) {
    return textFrame(5, "the request waits, but not for a storage call of its own");
  }
  if (outcome === null) {
    run.first = first.next;
    if (run.first === null) run.last = null;
    run.waiting = first;
    return first.frame;
  }
  if (outcome[0] === 1 && first !== null) {
    return textFrame(4, "it answered with a storage call under way: await each of them");
  }
  return outcome;
}

return (action, subject, frame) => {
  if (action === 0) {
    try {
      return bufferOf(load(subject));
    } catch (error) {
      return bufferOf(failure(error));
    }
  }
  if (action === 5) return bufferOf(failure(subject));
  if (action === 1) return start(subject, frame);
  const run = mapGet(runs, subject);
  if (action === 2) return settle(run, frame);
  if (action === 3) return bufferOf(poll(run));
  run.over = true;
  mapDelete(runs, subject);
};
`;

/** The script; its value is `dispatch`. */
export const bootstrapSource: string = `(() => {
"use strict";
${bootstrapFrames}${absences}${pluginErrors}${storage}${dispatch}})()`;
