/**
 * The endpoint of a careful host: region, epoch and ranges are checked before a plugin runs;
 * panics, traps and deadlines are errors of the request; errors keep their class on their way to
 * the client. Plugins run on threads of their own: while they wait for storage, Raft must not wait
 * for them.
 */
import { invalidRequirementText, type KeyRange } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { RegionError } from "../errors.ts";
import { containsKey, type Region } from "../region.ts";
import { type ErrorClass, errorClasses, type Request, type RequestBody } from "../wire.ts";
import type {
  BrokenOff,
  EarlyRefusal,
  Ending,
  EndpointPolicy,
  ErrorAnswer,
  ReturnedError,
} from "./policy.ts";
import type { Reach } from "./reach.ts";
import { tikvPolicy } from "./tikv-policy.ts";

export type ContractPolicyOptions = {
  /** The region error that a request would get from storage, or null. */
  readonly regionError: (request: Request) => RegionError | null;
  readonly regionOf: (id: number) => Region | undefined;
  /** The time of a request that says nothing of its own, microseconds. */
  readonly timeUs: number;
};

export class ContractPolicy implements EndpointPolicy {
  readonly overflowText: string | null = invalidRequirementText;
  readonly holdsThread: boolean = false;
  readonly keepsKeyErrors: boolean = true;
  readonly #options: ContractPolicyOptions;

  constructor(options: ContractPolicyOptions) {
    this.#options = options;
  }

  refusal(request: Request): EarlyRefusal | null {
    const { regionError, regionOf } = this.#options;
    const error = regionError(request);
    if (error !== null) return { kind: "regionError", error };
    const region = regionOf(request.context.regionId);
    if (region === undefined) return null;
    const { keys, endKeys } = request.body;
    for (let at = 0; at < keys.length; at++) {
      const range = { start: keys[at] ?? "", end: endKeys[at] ?? "" };
      if (!isInside(range, region))
        return { kind: "rangeOutside", text: outsideText(range, region) };
    }
    return null;
  }

  /** A tenth is kept for the answer's way back. */
  timeUs({ timeoutUs }: Request): number {
    const wholeUs = timeoutUs > 0 ? timeoutUs : this.#options.timeUs;
    return wholeUs - Math.floor(wholeUs / 10);
  }

  callRefusal(body: RequestBody, reach: Reach): RegionError | null {
    const key = reach.outsideKey(body);
    if (key === null || reach.region === undefined) return null;
    const { id: regionId, start, end } = reach.region;
    return { kind: "keyNotInRegion", key, regionId, start, end };
  }

  answerOf(returned: ReturnedError): ErrorAnswer {
    const { error, box, call } = returned;
    switch (error.kind) {
      case "keyNotInRegion":
        // One that the plugin made up says nothing of regions.
        return call > 0 ? { kind: "regionError", error } : tikvPolicy.answerOf(returned);
      case "timeout":
        return classed(tikvPolicy.answerOf(returned), errorClasses.timeout);
      case "canceled":
        return classed(tikvPolicy.answerOf(returned), errorClasses.canceled);
      case "other":
        return classed(tikvPolicy.answerOf(returned), box.errorClass(error.handle));
      default:
        return unreachable(error);
    }
  }

  ending(name: string, step: BrokenOff): Ending {
    if (step.kind === "panic") {
      const text = `plugin '${name}' panicked: ${step.text}`;
      return { kind: "text", text, errorClass: errorClasses.panic };
    }
    const text = `plugin '${name}' was stopped: ${step.reason}: ${step.text}`;
    return { kind: "text", text, errorClass: errorClasses.limit };
  }
}

function classed(answer: ErrorAnswer, errorClass: ErrorClass): ErrorAnswer {
  return answer.kind === "text" ? { ...answer, errorClass } : answer;
}

/** An empty range lies wherever it begins. */
function isInside({ start, end }: KeyRange, region: Region): boolean {
  if (!containsKey(region, start)) return false;
  if (end !== "" && end <= start) return true;
  return region.end === "" || (end !== "" && end <= region.end);
}

function outsideText({ start, end }: KeyRange, region: Region): string {
  const show = (range: KeyRange): string =>
    `[${JSON.stringify(range.start)}, ${range.end === "" ? "end" : JSON.stringify(range.end)})`;
  return `range ${show({ start, end })} is not inside region ${region.id} ${show(region)}`;
}
