/**
 * Contracts: what an author says of a plugin, so that checks can make requests, merge answers and
 * compare results. Written in a `*.contract.ts` that exports `defineContract({...})`.
 */
import { isDeepStrictEqual } from "node:util";
import type fc from "fast-check";
import {
  defaultPluginLimits,
  type KeyRange,
  type KvPair,
  type PluginLimits,
  type StorageCall,
} from "../../plugins/index.ts";
import { hex } from "../../sim/bytes.ts";
import { UserError } from "../../sim/errors.ts";
import { type Declared, declaredBy } from "./contract-policy.ts";
import { resultText } from "./result-text.ts";

/** What requests of the plugin do to the data. */
export type ContractKind =
  | "read"
  | "write-idempotent"
  | "write-with-request-id"
  | "write-once-unsafe";

/**
 * What the client does when it cannot tell what became of a request: send it again, as client-rust
 * does, or give up, as it does without a back-off.
 */
export type ContractSending = "atLeastOnce" | "once";

/**
 * What two requests at the same time may do. `serializable`: answers and state are those of one
 * after the other. `commutative`: the state is. `last-writer-wins`: each key's last value is.
 */
export type ContractConcurrency = "serializable" | "commutative" | "last-writer-wins";

/** What one request sees of the writes of others: one state, or at each storage call the newest. */
export type ContractIsolation = "snapshot" | "read-committed";

/** Bounds of one call; what is left out is as `defaultPluginLimits` has it. */
export type Budgets = {
  /** Storage calls. */
  readonly ops: number;
  /** Bytes that storage calls bring back. */
  readonly readBytes: number;
  /** Bytes of the answer. */
  readonly resBytes: number;
  /** Bytes of memory, in steps of 64 KiB. */
  readonly memBytes: number;
  /** Units of fuel. */
  readonly cost: number;
  /** Pairs and values that storage calls bring back. */
  readonly keys: number;
  /** Bytes of keys and values that are written. */
  readonly writeBytes: number;
  /** The exponent of growth with the rows. Default: 1.5. */
  readonly growth: number;
  /** Deletes of one request that hit nothing, each a tombstone. Default: 16. */
  readonly tombstones: number;
  /** Rows of the largest data that budgets hold for. Default: 4096. */
  readonly rows: number;
  /**
   * Requests at a time on one store that must leave Raft and other clients alone. Default 4, one
   * less than a store has gRPC threads.
   */
  readonly concurrent: number;
};

/** One region's part of an answer. */
export type ContractPart<Answer> = { readonly ranges: readonly KeyRange[]; readonly res: Answer };

/** What an author says. Only `codec`, `merge` and two generators are needed. */
export type ContractDefinition<Request, Answer, Result> = Partial<Declared> & {
  readonly codec: {
    /** The request's bytes, the same for every region. */
    readonly encodeReq: (request: Request) => Uint8Array;
    /** The bytes as a request; null, or an exception, for what the plugin must refuse. */
    readonly decodeReq?: (data: Uint8Array) => Request | null;
    /** A part's bytes; null, or an exception, for what is no answer at all. */
    readonly decodeRes: (data: Uint8Array) => Answer | null;
  };
  /** Says whether an answer is the plugin's own "bad request". */
  readonly isRefusal?: (answer: Answer) => boolean;
  /** The client's merge of the parts, one or more, in any order. */
  readonly merge: (parts: readonly ContractPart<Answer>[]) => Result;
  /** Whether two results are the same to a client. Default: deep equality. */
  readonly equal?: (a: Result, b: Result) => boolean;
  /** Words for people, short. Default: JSON of what is decoded, hexadecimal of a value. */
  readonly show?: {
    readonly result?: (result: Result) => string;
    readonly request?: (request: Request) => string;
    readonly value?: (value: Uint8Array) => string;
  };
  /** Default: "read". */
  readonly kind?: ContractKind;
  /** Default: "atLeastOnce". */
  readonly sends?: ContractSending;
  /** Default: "serializable". */
  readonly concurrency?: ContractConcurrency;
  /** Default: "snapshot". */
  readonly isolation?: ContractIsolation;
  readonly gen: {
    /** Rows in any order; of equal keys the first counts. */
    readonly data: fc.Arbitrary<readonly KvPair[]>;
    readonly request: fc.Arbitrary<Request>;
    /** Default: ranges between the rows' keys, and the whole key space. */
    readonly ranges?: fc.Arbitrary<readonly KeyRange[]>;
    /** So many rows, for C7. Default: drawn rows again under longer keys. */
    readonly dataOfSize?: (count: number) => readonly KvPair[];
  };
  /** What the whole answer must be. `rows` of the outcome: the state after; default unchanged. */
  readonly model?: (
    rows: ReadonlyMap<string, Uint8Array>,
    request: Request,
    ranges: readonly KeyRange[],
  ) => { readonly result: Result; readonly rows?: ReadonlyMap<string, Uint8Array> };
  /** Storage calls whose failure the plugin may answer without. Default: none. */
  readonly mayFail?: (call: StorageCall) => boolean;
  /** Writes that are clean-up after an error. Default: none. */
  readonly mayCleanUp?: (call: StorageCall) => boolean;
  readonly budgets?: Partial<Budgets>;
};

/** A merged result whose type only its contract knows. */
export type Merged = {
  /** For people. */
  readonly text: string;
  /** Whether the contract calls both the same. */
  readonly equals: (other: Merged) => boolean;
};

/** What a model says. `rows` null: the state stays as it was. */
export type Modelled = {
  readonly merged: Merged;
  readonly rows: ReadonlyMap<string, Uint8Array> | null;
};

/** A contract as the checks use it: everything in bytes. */
export type Contract = Declared & {
  readonly kind: ContractKind;
  readonly sends: ContractSending;
  readonly concurrency: ContractConcurrency;
  readonly isolation: ContractIsolation;
  readonly data: fc.Arbitrary<readonly KvPair[]>;
  readonly request: fc.Arbitrary<Uint8Array>;
  readonly ranges: fc.Arbitrary<readonly KeyRange[]> | null;
  readonly limits: PluginLimits;
  /** As the author wrote them; what is left out has no budget. */
  readonly budgets: Partial<Budgets>;
  readonly dataOfSize: ((count: number) => readonly KvPair[]) | null;
  /** The result of the parts' bytes, or null where one of them is no answer. */
  readonly merge: (
    parts: readonly { readonly ranges: readonly KeyRange[]; readonly data: Uint8Array }[],
  ) => Merged | null;
  /** Whether the bytes are a request; null where the contract cannot say. */
  readonly isRequest: (data: Uint8Array) => boolean | null;
  /** The bytes after decoding and encoding again; null where the contract cannot. */
  readonly roundTrip: (data: Uint8Array) => Uint8Array | null;
  readonly answerKind: (data: Uint8Array) => "answer" | "refusal" | "undecodable";
  /** True if answers tell refusals apart. */
  readonly knowsRefusals: boolean;
  /** null: no model, or bytes that are no request. */
  readonly model: (
    rows: ReadonlyMap<string, Uint8Array>,
    data: Uint8Array,
    ranges: readonly KeyRange[],
  ) => Modelled | null;
  readonly mayFail: (call: StorageCall) => boolean;
  readonly mayCleanUp: (call: StorageCall) => boolean;
  /** Words for people. */
  readonly requestText: (data: Uint8Array) => string;
  readonly valueText: (value: Uint8Array) => string;
};

/** Marks what `defineContract` made, so that files may export other things too. */
const defined = new WeakSet<Contract>();

/** Makes a contract. Throws `UserError` "bad-contract" for what cannot be one. */
export function defineContract<Request, Answer, Result>(
  definition: ContractDefinition<Request, Answer, Result>,
): Contract {
  const { gen, kind = "read", isRefusal, show = {} } = definition;
  refuseNonsense(definition);
  const merged = mergedOf(definition);
  const encode = guarded("codec.encodeReq", definition.codec.encodeReq);
  const decode = lenient(definition.codec.decodeReq ?? (() => null));
  const decodeAnswer = lenient(definition.codec.decodeRes);
  const merge = guarded("merge", definition.merge);
  const contract: Contract = {
    kind,
    sends: definition.sends ?? "atLeastOnce",
    concurrency: definition.concurrency ?? "serializable",
    isolation: definition.isolation ?? "snapshot",
    data: gen.data,
    // A Buffer's slices share its memory: only plain arrays leave this file.
    request: gen.request.map((request) => Uint8Array.from(encode(request))),
    ranges: gen.ranges ?? null,
    limits: limitsOf(definition.budgets ?? {}),
    budgets: definition.budgets ?? {},
    dataOfSize: gen.dataOfSize ?? null,
    merge: (parts) => {
      const decoded: ContractPart<Answer>[] = [];
      for (const { ranges, data } of parts) {
        const res = decodeAnswer(data);
        if (res === null) return null;
        decoded.push({ ranges, res });
      }
      return merged(merge(decoded));
    },
    isRequest: (data) => (definition.codec.decodeReq === undefined ? null : decode(data) !== null),
    roundTrip: (data) => {
      const request = decode(data);
      return request === null ? null : encode(request);
    },
    answerKind: (data) => {
      const answer = decodeAnswer(data);
      if (answer === null) return "undecodable";
      return isRefusal?.(answer) === true ? "refusal" : "answer";
    },
    knowsRefusals: isRefusal !== undefined,
    model: (rows, data, ranges) => {
      const request = decode(data);
      if (request === null || definition.model === undefined) return null;
      const said = guarded("model", definition.model)(rows, request, ranges);
      return { merged: merged(said.result), rows: said.rows ?? null };
    },
    mayFail: definition.mayFail ?? (() => false),
    mayCleanUp: definition.mayCleanUp ?? (() => false),
    ...declaredBy(definition),
    requestText: (data) => {
      const request = decode(data);
      if (request === null) return hex(data);
      return show.request === undefined ? resultText(request) : show.request(request);
    },
    valueText: show.value ?? hex,
  };
  defined.add(contract);
  return contract;
}

/** True for what `defineContract` made. */
export function isContract(value: unknown): value is Contract {
  return typeof value === "object" && value !== null && defined.has(value as Contract);
}

/** What an author's function throws is the contract's fault, said by its name. */
function guarded<Arguments extends readonly unknown[], Result>(
  path: string,
  call: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  return (...given) => {
    try {
      return call(...given);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw bad(
        path,
        `it threw: ${text}`,
        "expected a function that is defined for all its inputs",
      );
    }
  };
}

/** A decoder that throws refuses. */
function lenient<Value>(
  decode: (data: Uint8Array) => Value | null,
): (data: Uint8Array) => Value | null {
  return (data) => {
    try {
      return decode(data);
    } catch {
      return null;
    }
  };
}

/** Hides a result's type; two merged results of one contract know how to compare. */
function mergedOf<Request, Answer, Result>({
  equal = isDeepStrictEqual,
  show,
}: ContractDefinition<Request, Answer, Result>): (result: Result) => Merged {
  const results = new WeakMap<Merged, { readonly result: Result }>();
  return (result) => {
    const made: Merged = {
      text: show?.result === undefined ? resultText(result) : show.result(result),
      equals: (other) => {
        const held = results.get(other);
        return held !== undefined && guarded("equal", equal)(result, held.result);
      },
    };
    results.set(made, { result });
    return made;
  };
}

function limitsOf({ ops, readBytes, resBytes, memBytes, cost }: Partial<Budgets>): PluginLimits {
  const pages = memBytes === undefined ? defaultPluginLimits.memoryPages : memBytes / 65_536;
  return {
    ...defaultPluginLimits,
    fuel: cost ?? defaultPluginLimits.fuel,
    memoryPages: Math.ceil(pages),
    responseBytes: resBytes ?? defaultPluginLimits.responseBytes,
    storageCalls: ops ?? defaultPluginLimits.storageCalls,
    scannedBytes: readBytes ?? defaultPluginLimits.scannedBytes,
  };
}

/** Contract files are plain JavaScript once bundled: nothing has checked their types. */
function refuseNonsense<Request, Answer, Result>(
  definition: ContractDefinition<Request, Answer, Result>,
): void {
  const { codec, gen, merge, budgets = {} } = definition;
  const needed: readonly (readonly [path: string, value: unknown, type: string])[] = [
    ["codec.encodeReq", codec?.encodeReq, "function"],
    ["codec.decodeRes", codec?.decodeRes, "function"],
    ["merge", merge, "function"],
    ["gen.data", gen?.data, "object"],
    ["gen.request", gen?.request, "object"],
  ];
  for (const [path, value, type] of needed) {
    if (typeof value === type && value !== null) continue;
    throw bad(path, `found ${value === null ? "null" : typeof value}`, expected(type));
  }
  for (const [name, allowed] of Object.entries(words)) {
    const value: unknown = Reflect.get(definition, name);
    if (value === undefined || allowed.some((word) => word === value)) continue;
    throw bad(name, `found ${String(value)}`, `expected one of ${allowed.join(", ")}`);
  }
  for (const [name, value] of Object.entries(budgets)) {
    if (name === "growth" && typeof value === "number" && value > 0) continue;
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw bad(`budgets.${name}`, `found ${String(value)}`, "expected a positive whole number");
  }
}

/** The fields that hold one of a few words. */
const words: Readonly<Record<string, readonly string[]>> = {
  kind: ["read", "write-idempotent", "write-with-request-id", "write-once-unsafe"],
  sends: ["atLeastOnce", "once"],
  concurrency: ["serializable", "commutative", "last-writer-wins"],
  isolation: ["snapshot", "read-committed"],
};

const expected = (type: string): string =>
  type === "function" ? "expected a function" : "expected a fast-check arbitrary";

function bad(path: string, message: string, hint: string): UserError {
  return new UserError(message, { code: "bad-contract", where: `defineContract: ${path}`, hint });
}
