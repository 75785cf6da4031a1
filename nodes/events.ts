/**
 * The vocabulary of what stores and clients report: event kinds with the names of their four
 * integer fields. The process that reports is part of every event. All that judges, gates and
 * moments know of the inside of a store is here.
 */

/** Numbers from 100 on: those below belong to the kernel (`sim/events.ts`). */
export const eventKinds = {
  /** A store finished recovery of one region: what it found on its disk. */
  regionRecovered: 100,
  /** A store finished recovery of all regions and serves. */
  storeReady: 101,
  /** Recovery found damaged bytes and stopped: never served. */
  corruptionFound: 102,
  /** A peer's Raft role, 0 follower 1 pre-candidate 2 candidate 3 leader. */
  roleChanged: 103,
  /** A granted vote left the peer. */
  voted: 104,
  /** An entry entered the peer's log at `index`; what stood there and after it is gone. */
  entryAppended: 105,
  /** The peer's log is durable up to and including `index`. */
  logPersisted: 106,
  /** Term and vote are durable. */
  voteStatePersisted: 107,
  /** The peer's commit index moved. */
  commitAdvanced: 108,
  /** The state machine applied an entry. */
  entryApplied: 109,
  /** A peer's log was compacted: entries up to `index` are gone. */
  logCompacted: 110,
  /** A leader cut a snapshot for a follower. */
  snapshotSent: 111,
  /** A peer replaced its state by a snapshot. */
  snapshotInstalled: 112,
  /** A peer applied a membership: digests of sorted voter ids, incoming and outgoing. */
  membershipApplied: 113,
  /** Replica checksum at an applied index. */
  replicaChecksum: 114,
  /** A leader answered a read; `path` 0 lease, 1 read index. */
  readServed: 115,
  /** A leader answered a write after applying it. */
  writeAcknowledged: 116,
  /** A request was refused by a region error; `variant` is its tag in errorpb.Error. */
  requestRefused: 117,
  /** A leader moved its lease's end. */
  leaseRenewed: 118,
  /** A leader gave its leadership away. */
  leaderTransferStarted: 119,
  /** A replica wrote a split, `index` in the parent's log; it is not durable yet. */
  splitWritten: 120,
  /** A replica carried a split out: the parent's log went on, the new region's peer begins. */
  regionSplit: 121,
  /** A peer holds a key range as of a version: at boot, after a split, after a snapshot. */
  regionHeld: 122,
  /**
   * In a region that was split: a write was carried out at `index`, or a read was served with the
   * state as of `index`, that was sent under version `sent`.
   */
  executed: 123,
  /** A plugin was loaded: generation counts loads on this store. */
  pluginLoaded: 130,
  /**
   * A plugin file was refused at load: one of `loadRefusals`. `plugin` is 0 where its name could
   * not be read; `content` as in `directoryChanged`.
   */
  pluginRefused: 131,
  /** A plugin of `generation` started on a request; `run` counts the runs of the incarnation. */
  pluginStarted: 132,
  /** A running plugin called storage: the n-th call, its operation number. */
  pluginCalled: 133,
  /** A plugin got the answer of its n-th call; `failed` is one of `callFailures`. */
  pluginAnswered: 134,
  /** A plugin's run ended: one of `pluginOutcomes`. */
  pluginFinished: 135,
  /** The endpoint refused a request before any plugin ran (`rejections`); the text's digest. */
  coprocessorRejected: 136,
  /** A run is answered: `coprocessorAnswers`, and the call whose error came back untouched. */
  coprocessorAnswered: 137,
  /** A plugin's n-th call leaves its request's ranges, or its region: one of `strayings`. */
  pluginStrayed: 138,
  /** A store's file in its plugin directory as the scan at its start finds it, in scan order. */
  directoryListed: 142,
  /**
   * A machine's plugin directory changed (`directoryChanges`), whether its store is up or not.
   * Files by the digests of their names. `content`: the artefact's code if the file is whole, else
   * 0. `other`: the new name of a renamed file.
   */
  directoryChanged: 143,
  /** The watcher gave the registry a debounced event (`debouncedKinds`); `other`: a new name. */
  watcherDelivered: 144,
  /** The registry logged something about a file: one of `registryLogs`. */
  registryLogged: 145,
  /**
   * A file passed all checks as `generation`: `pluginLoaded` follows. `cause` is one of
   * `loadCauses`. A refusal names its file itself.
   */
  pluginOpened: 146,
  /** The registry knows a loaded plugin's file by a new name. */
  pluginMoved: 147,
  /** A generation takes no more requests because the generation `by` took its place. */
  pluginReplaced: 148,
  /** A generation takes no more requests because its file is gone; only in `contract`. */
  pluginWithdrawn: 149,
  /** The last request ended on a generation that takes no more. */
  pluginRetired: 150,
  /** A retired generation's instance and code are gone; only in `contract`. */
  pluginUnloaded: 151,
  /** A client sends a request of an operation (attempt counts from 0). */
  clientSent: 140,
  /** A client's operation ended: 0 ok, 1 error, 2 unknown. */
  clientFinished: 141,
} as const;

export type EventName = keyof typeof eventKinds;
export type EventKind = (typeof eventKinds)[EventName];

/** The names of the four integers of each kind, "" where unused. */
export const eventFields: Readonly<Record<EventName, readonly [string, string, string, string]>> = {
  regionRecovered: ["region", "term", "lastIndex", "appliedIndex"],
  storeReady: ["store", "regions", "", ""],
  corruptionFound: ["store", "offset", "", ""],
  roleChanged: ["region", "peer", "role", "term"],
  voted: ["region", "peer", "candidate", "term"],
  entryAppended: ["region", "index", "term", "digest"],
  logPersisted: ["region", "index", "term", "peer"],
  voteStatePersisted: ["region", "peer", "term", "vote"],
  commitAdvanced: ["region", "peer", "index", "term"],
  entryApplied: ["region", "index", "term", "digest"],
  logCompacted: ["region", "index", "term", "peer"],
  snapshotSent: ["region", "index", "term", "to"],
  snapshotInstalled: ["region", "index", "term", "peer"],
  membershipApplied: ["region", "index", "voters", "outgoing"],
  replicaChecksum: ["region", "index", "checksum", "peer"],
  readServed: ["region", "operation", "path", "index"],
  writeAcknowledged: ["region", "operation", "index", "term"],
  requestRefused: ["region", "operation", "variant", "leader"],
  leaseRenewed: ["region", "peer", "term", "untilMs"],
  leaderTransferStarted: ["region", "peer", "to", "term"],
  splitWritten: ["region", "newRegion", "index", "version"],
  regionSplit: ["region", "newRegion", "index", "version"],
  regionHeld: ["region", "start", "end", "version"],
  executed: ["region", "index", "sent", "version"],
  pluginLoaded: ["generation", "plugin", "code", "version"],
  pluginRefused: ["plugin", "reason", "file", "content"],
  pluginStarted: ["request", "generation", "region", "run"],
  pluginCalled: ["request", "call", "operation", "run"],
  pluginAnswered: ["request", "call", "failed", "run"],
  pluginFinished: ["request", "generation", "outcome", "run"],
  coprocessorRejected: ["request", "reason", "region", "text"],
  coprocessorAnswered: ["request", "answer", "call", "run"],
  pluginStrayed: ["request", "call", "place", "run"],
  directoryListed: ["file", "position", "content", "of"],
  directoryChanged: ["file", "change", "content", "other"],
  watcherDelivered: ["file", "event", "other", ""],
  registryLogged: ["file", "log", "", ""],
  pluginOpened: ["file", "generation", "cause", "code"],
  pluginMoved: ["generation", "file", "other", ""],
  pluginReplaced: ["generation", "by", "plugin", ""],
  pluginWithdrawn: ["generation", "plugin", "file", ""],
  pluginRetired: ["generation", "plugin", "", ""],
  pluginUnloaded: ["generation", "plugin", "", ""],
  clientSent: ["operation", "attempt", "region", "store"],
  clientFinished: ["operation", "outcome", "attempts", ""],
};

/** Reasons of `coprocessorRejected`, in the endpoint's order of checks. */
export const rejections = {
  disabled: 0,
  unknownName: 1,
  badRequirement: 2,
  versionMismatch: 3,
  /** A number beyond 2^64 - 1 in the requirement: nothing is answered, the process ends. */
  overflow: 4,
  /** `contract` only: the region check, a region error; the text's digest is of its message. */
  regionError: 5,
  /** `contract` only: a range leaves the region. */
  rangeOutside: 6,
} as const;

/** Reasons of `pluginRefused`: TiKV's checks of a library in its order, then others. */
export const loadRefusals = {
  apiVersion: 0,
  rustc: 1,
  target: 2,
  version: 3,
  /** `dlopen` fails or a symbol is missing: the file is empty, cut off or mixed. */
  notALibrary: 4,
  /** Its path was loaded before; only in `tikv`. */
  reload: 5,
  /** Its constructor panicked or was stopped; only in `contract`, in `tikv` the process ends. */
  constructor: 6,
} as const;

/** What made the registry load a file (`pluginOpened`). */
export const loadCauses = { scan: 0, watcher: 1 } as const;

/** What happened to a file (`directoryChanged`). */
export const directoryChanges = {
  created: 1,
  /** Its bytes changed: written or cut. */
  written: 2,
  /** Closed after writing. */
  closed: 3,
  modeChanged: 4,
  deleted: 5,
  /** From `file` to `other`, whose former file, if any, is gone. */
  renamed: 6,
  movedIn: 7,
  movedOut: 8,
  /** The kernel lost the file events that nobody had read yet. About no file. */
  overflowed: 9,
  /** A power loss took the file away. */
  lost: 10,
  /** A power loss left another content, or an earlier file of the name. */
  damaged: 11,
} as const;

/** Debounced events of notify 4 (`watcherDelivered`). */
export const debouncedKinds = {
  noticeWrite: 1,
  noticeRemove: 2,
  create: 3,
  write: 4,
  chmod: 5,
  remove: 6,
  rename: 7,
  rescan: 8,
} as const;

/** What TiKV's registry logs (`registryLogged`); `plugins/registry` has the texts. */
export const registryLogs = {
  loadFailed: 1,
  reloadRefused: 2,
  overwritten: 3,
  removed: 4,
} as const;

/** What `pluginAnswered` says of a storage call: done, an error, a boxed region error. */
export const callFailures = { none: 0, error: 1, regionError: 2 } as const;

/** How a plugin's run ended (`pluginFinished`). */
export const pluginOutcomes = {
  response: 0,
  error: 1,
  panic: 2,
  /** A limit of the host was reached. */
  trap: 3,
  /** The request's deadline was over; only in `contract`. */
  deadline: 4,
} as const;

/** What the endpoint answered after a run: the plugin's bytes, an `error` text, a region error. */
export const coprocessorAnswers = { data: 0, text: 1, regionError: 2 } as const;

/** Where `pluginStrayed` saw a call reach. */
export const strayings = { outsideRanges: 1, outsideRegion: 2 } as const;

/** Roles of `roleChanged`. */
export const roles = { follower: 0, preCandidate: 1, candidate: 2, leader: 3 } as const;
