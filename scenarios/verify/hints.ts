/** What a finding most likely means; each has a page in `docs/hints/`. */

/** One line of advice by hint code. */
export const hintAdvice = {
  "C1-STATE": "the plugin keeps state between requests: answer from the request and storage alone",
  "C2-EFFECT":
    "a retry applied something twice: write what holds after any number of runs, or keep ids",
  "C2-ANSWER": "a retry is answered differently: build the answer from what both runs can know",
  "C2-WRITES": "the contract says read, the plugin writes: declare the kind that is true",
  "C2-RETRIED":
    "clients send again what may have run: make the request idempotent, or declare sends: once",
  "C11-TORN": "each storage call sees a state of its own: read everything in one scan or batch_get",
  "C12-LOST":
    "no compare-and-swap: write rows of your own for each request, or declare what is weaker",
  "C12-PUT":
    "a plain put is lost: keep plain writers away from rows that are read and written back",
  "C13-STALE":
    "the plugin remembers by itself: let every answer rest on a storage call of its request",
  "C13-LOST": "a change was acknowledged before storage had it: answer when the write has returned",
  "C18-LOAD": "the constructor must work while the plugin is loaded already: nothing unloads it",
  "C18-RACE": "two loads share no memory: keep requests apart by what storage can tell",
  "C18-STATE": "what only memory knows is gone with the next load: keep it in storage",
  "C18-LOST": "a request fails because the plugin was loaded anew: see how directories changed",
  "C18-ANSWER": "two loads of the same plugin answer differently: take nothing from memory",
  "C19-RAFT": "gRPC threads carry Raft, too: bound the work and the storage calls of one request",
  "C19-READS": "plain reads queue behind the plugin: bound the work of one request, and page",
  "C3-LAYOUT":
    "a part finished what only the client can: return sums, counts and full candidate lists",
  "C3-ORDER": "the merge depends on the order of the parts: make it commutative",
  "C3-RANGES":
    "the plugin depends on how its ranges are cut or ordered: fold all of them into one answer",
  "C3-MODEL": "the answer differs from the contract's model even in one region",
  "C3-ANSWER": "the answer's bytes do not decode with the contract's codec",
  "C4-SHORT":
    "the region changed between two storage calls: give the error back instead of what you have",
  "C4-ERROR":
    "give a region error back untouched: the client then asks again, wherever the keys are now",
  "C4-EFFECT":
    "the retry after a region changed does not fit the first try's writes: make them repeatable",
  "C5-READ": "read inside the given ranges only, or declare `containment` in the contract",
  "C5-WRITE": "write inside the given ranges only: other keys belong to another region's leader",
  "C6-SWALLOWED": "the plugin answered after a failed storage call: return the error untouched",
  "C6-REWRAPPED": "return the very error that storage gave: a new one loses its region error",
  "C6-WROTE": "no writes after an error: the client will retry the whole request",
  "C8-PANIC": "a panic stops the whole TiKV process: return an error instead",
  "C8-ENDLESS": "bound the work of one request: TiKV never stops a plugin",
  "C7-BUDGET": "bound what one request does, and page the rest: TiKV bounds nothing itself",
  "C7-GROWTH": "the work grows faster than the data: look for a loop in a loop over the rows",
  "C20-SECRET": "keep stored values out of error texts: they end up in logs of other people",
  "C20-TTL": "a plugin's put has no TTL and clears that of the row: keep the expiry in the value",
  "C20-KEYSPACE": "write below the keyspace prefix of the given ranges only",
  "C20-WRITES": "a contract of kind read promises that nothing is written: retries rely on it",
  "C20-TOMBSTONES":
    "delete only what is there: every delete of nothing is a tombstone to scan over",
  "C20-STATE": "what one request leaves behind must not grow: the plugin is never unloaded",
  "C9-PANIC": "check lengths before reading: a panic stops the whole TiKV process",
  "C9-LIMIT": "bound a length by the bytes that are there before allocating or looping",
  "C9-WROTE": "decode the whole request before the first write",
  "C9-CHANNEL": "answer a bad request in the answer's own bytes, not with PluginError::Other",
  "C9-ACCEPTED": "refuse what is no request: the codec and the plugin disagree about these bytes",
  "C9-UNDECODABLE": "the answer to a malformed request must decode, too",
  "C9-UNSTABLE": "the same bytes must get the same answer",
  "C10-EVERYTHING": "a request without a key in its ranges asks for nothing: answer just that",
  "C10-EDGE": "bounds are bytes: start included, end not, and an empty end means no end",
  "C10-OVERLAP": "decide what overlapping ranges mean and declare it: `overlaps` in the contract",
  "C10-DIES": "any client may send these ranges: a panic stops the whole TiKV process",
  "C14-REFUSED": "build the plugin with the very toolchain and api of the TiKV that is to load it",
  "C14-SURFACE": "rebuild against the TiKV's own coprocessor_plugin_api: its version never moved",
  "C14-REQUIREMENT": "send a requirement that both client-rust and TiKV read alike, such as ^1.2.3",
  "C9-CODEC": "the contract's codec does not give back what it encoded",
} as const;

/** The code of a hint. */
export type HintCode = keyof typeof hintAdvice;
