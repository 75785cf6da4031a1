/** A store that is nothing but its engines: boots, crashes and boots again on a `FaultDisk`. */
import { assert } from "../../../sim/assert.ts";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import type { KvEngine } from "../kv-engine.ts";
import type { LogEngine } from "../log-engine.ts";
import type { EntryCodec } from "../log-state.ts";
import { EnginePool } from "../pool.ts";
import { Recovery, type RecoveryResult } from "../recovery.ts";
import { type Below, FaultDisk } from "./fault-disk.ts";

/** The first disk token of every test store. */
export const testFirstToken = 100;

/** An entry of the tests: its data is text. */
export type TestEntry = { readonly index: number; readonly term: number; readonly text: string };

/** Text as latin1. */
export const testCodec: EntryCodec<TestEntry> = {
  encode: ({ text }, writer) => writer.bytes(latin1Bytes(text)),
  decode: (fields, reader, length) => ({ ...fields, text: latin1Text(reader.bytes(length)) }),
};

/** One pool for all tests of a file; failures of memory-level are thrown where vitest sees them. */
export const testPool: EnginePool = new EnginePool({
  onFailure: (error) => {
    throw error;
  },
});

export type TestStoreOptions = {
  /** Which of the pool's instances it uses. */
  readonly owner?: number;
  readonly segmentBytesMax?: number;
  readonly walBytesMax?: number;
  readonly unpersistedAppliesMax?: number;
};

/** The store. */
export class TestStore {
  readonly disk: FaultDisk = new FaultDisk();
  readonly #options: Required<TestStoreOptions>;
  #log: LogEngine<TestEntry> | null = null;
  #kv: KvEngine | null = null;

  constructor(options: TestStoreOptions = {}) {
    const limits = { segmentBytesMax: 600, walBytesMax: 600, unpersistedAppliesMax: 0 };
    this.#options = { owner: 0, ...limits, ...options };
  }

  get log(): LogEngine<TestEntry> {
    assert(this.#log !== null, "the store is up");
    return this.#log;
  }

  get kv(): KvEngine {
    assert(this.#kv !== null, "the store is up");
    return this.#kv;
  }

  /** Starts a recovery; the test completes the disk's operations. */
  startBoot(): Recovery<TestEntry> {
    this.#log = null;
    this.#kv = null;
    const { owner, ...limits } = this.#options;
    const live = testPool.take(owner);
    const recovery = new Recovery<TestEntry>({
      disk: this.disk,
      firstToken: testFirstToken,
      codec: testCodec,
      live,
      ...limits,
    });
    this.disk.onDone = (token, error, bytes) => {
      const own = recovery.diskDone(token, error, bytes);
      assert(own, "every token of a recovery is its own");
    };
    recovery.start();
    return recovery;
  }

  /** Boots to the end, and runs on if that went well. */
  boot(below?: Below): RecoveryResult<TestEntry> {
    const recovery = this.startBoot();
    while (recovery.result === null) this.disk.complete(below);
    const { result } = recovery;
    if (result.kind === "recovered") this.#run(result.log, result.kv);
    return result;
  }

  /** Boots and insists. */
  mustBoot(below?: Below): Extract<RecoveryResult<TestEntry>, { kind: "recovered" }> {
    const result = this.boot(below);
    assert(result.kind === "recovered", `the store recovers: ${describe(result)}`);
    return result;
  }

  #run(log: LogEngine<TestEntry>, kv: KvEngine): void {
    this.#log = log;
    this.#kv = kv;
    this.disk.onDone = (token, error) => {
      const own = log.diskDone(token, error) || kv.diskDone(token, error);
      assert(own, "every token is one of the engines'");
    };
  }
}

/** A result that is not "recovered", in words. */
export function describe(result: RecoveryResult<TestEntry>): string {
  if (result.kind === "recovered") return "recovered";
  if (result.kind === "io") return `io ${result.what}: ${result.error}`;
  return `corrupt ${result.file} at ${result.offset}: ${result.what}`;
}
