/**
 * `RawStorage` as a plugin gets it: each call is an ordinary raw command of its own, in the
 * request's context, and its failures become plugin errors by TiKV's table.
 * Source: TiKV src/coprocessor_v2/raw_storage_impl.rs; tikv-semantics.md section 1.
 */
import type { KvPair, PluginError, StorageAnswer, StorageCall } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { emptyBytes } from "../../sim/bytes.ts";
import { type RegionError, regionErrorMessage } from "../errors.ts";
import { bodyOfKeyCommand } from "../raw-command.ts";
import { type ErrorClass, errorClasses, operations, RequestBody, type Response } from "../wire.ts";

/** `usize::MAX`: a plugin's scan has no limit. */
const unlimited = Number.MAX_SAFE_INTEGER;

/** The numbers of storage calls in events: those of the ABI. */
export const callNumbers: Readonly<Record<StorageCall["kind"], number>> = {
  get: 1,
  batchGet: 2,
  scan: 3,
  put: 4,
  batchPut: 5,
  delete: 6,
  batchDelete: 7,
  deleteRange: 8,
};

/** The boxed errors of one request: what `PluginError.other` carries as a handle. */
export class ErrorBox {
  /** Made with the first one: most requests have none. */
  #boxed: (RegionError | ErrorClass)[] | null = null;

  /** Boxes a region error; null stands for a storage error of a class that is none. */
  put(error: RegionError | null, errorClass: ErrorClass = errorClasses.none): number {
    // With room for one: a list that begins empty makes room for seventeen.
    if (this.#boxed === null) this.#boxed = [error ?? errorClass];
    else this.#boxed.push(error ?? errorClass);
    return this.#boxed.length;
  }

  /** The class of the error behind a handle that is no region error. */
  errorClass(handle: number): ErrorClass {
    const boxed = this.#boxed?.[handle - 1];
    return typeof boxed === "number" ? boxed : errorClasses.none;
  }

  /** The region error behind a handle, or null: none was boxed there, or the plugin made it up. */
  regionError(handle: number): RegionError | null {
    const boxed = this.#boxed?.[handle - 1];
    return typeof boxed === "object" ? boxed : null;
  }
}

/** The raw command of a storage call. */
export function bodyOfCall(call: StorageCall): RequestBody {
  switch (call.kind) {
    case "get":
    case "batchGet":
    case "put":
    case "batchPut":
    case "delete":
    case "batchDelete":
      return bodyOfKeyCommand(call);
    case "scan":
    case "deleteRange": {
      const body = new RequestBody();
      body.op = operations[call.kind];
      body.key = call.range.start;
      body.endKey = call.range.end;
      if (call.kind === "scan") body.limit = unlimited;
      return body;
    }
    default:
      return unreachable(call);
  }
}

/** What the plugin sees of a raw command's response. */
export function answerOfResponse(
  call: StorageCall,
  response: Response,
  box: ErrorBox,
): StorageAnswer {
  const failure = errorOf(response, box);
  if (failure !== null) return { kind: "error", error: failure };
  switch (call.kind) {
    case "get":
      return { kind: "value", value: response.value };
    case "batchGet":
    case "scan":
      return { kind: "pairs", pairs: pairsOf(response) };
    default:
      return { kind: "done" };
  }
}

/** A pair's error is lost: it arrives as an empty key with an empty value. */
function pairsOf({ keys, values, errors }: Response): readonly KvPair[] {
  if (errors.length === 0) {
    return keys.map((key, at) => ({ key, value: values[at] ?? emptyBytes }));
  }
  return keys.map((key, at) => {
    if ((errors[at] ?? "") !== "") return { key: "", value: emptyBytes };
    return { key, value: values[at] ?? emptyBytes };
  });
}

function errorOf({ regionError, error, errorClass }: Response, box: ErrorBox): PluginError | null {
  if (regionError !== null) {
    if (regionError.kind === "keyNotInRegion") return regionError;
    return { kind: "other", text: regionErrorMessage(regionError), handle: box.put(regionError) };
  }
  if (error !== "") return { kind: "other", text: error, handle: box.put(null, errorClass) };
  return null;
}
