/**
 * Two requests on one node, storage call by storage call. An order such as "aab" names whose call
 * is next; behind its end the lane named last goes on to its own end, then the other.
 */
import type { StorageCall } from "../../plugins/index.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import type { Rival } from "./disturbance.ts";
import { type Host, type PluginEnd, Rows, type SteppedCall } from "./emulator.ts";
import { conflict } from "./footprint.ts";
import { begin } from "./retry-run.ts";

/** "a": the case's own request; "b": its rival. */
export type Lane = "a" | "b";

/** One storage call that was carried out. */
export type LaneStep = { readonly lane: Lane; readonly call: StorageCall };

/** How a lane ended; a plain put is done. */
export type LaneEnd = PluginEnd | { readonly kind: "done" };

export type Interleaved = {
  readonly steps: readonly LaneStep[];
  readonly ends: Readonly<Record<Lane, LaneEnd>>;
  readonly rows: Rows;
};

export type Duo = { readonly one: VerifyCase; readonly rival: Rival };

export type InterleaveOptions = {
  /** The first begins, the plugin is loaded again, and the other runs on the new load. */
  readonly reloads: boolean;
};

/** Runs both in an order, on a plugin freshly loaded. */
export function interleave(
  subject: Subject,
  { one, rival }: Duo,
  order: string,
  { reloads }: InterleaveOptions = { reloads: false },
): Interleaved {
  let host: Host | null = null;
  const nextHost = (): Host => {
    if (host === null || reloads) host = subject.fresh();
    return host;
  };
  const rows = new Rows(one.rows);
  const lanes = {
    a: new RequestLane(() => begin(nextHost(), one, rows)),
    b: rivalLane(nextHost, rival, rows),
  };
  const steps: LaneStep[] = [];
  const advance = (lane: Lane): boolean => {
    const call = lanes[lane].pending();
    if (call === null) return false;
    lanes[lane].advance();
    steps.push({ lane, call });
    return true;
  };
  if (reloads) lanes.a.pending();
  let last: Lane = "a";
  for (const letter of order) {
    last = letter === "b" ? "b" : "a";
    advance(last);
  }
  for (const lane of [last, other(last)]) while (advance(lane));
  return { steps, ends: { a: lanes.a.end(), b: lanes.b.end() }, rows };
}

/** The other one. */
export const other = (lane: Lane): Lane => (lane === "a" ? "b" : "a");

interface Stepped {
  /** The storage call that is next; the lane starts when it is first asked. */
  pending(): StorageCall | null;
  advance(): void;
  end(): LaneEnd;
}

class RequestLane implements Stepped {
  readonly #start: () => SteppedCall;
  #run: SteppedCall | null = null;

  constructor(start: () => SteppedCall) {
    this.#start = start;
  }

  pending(): StorageCall | null {
    return this.#started().pending;
  }

  advance(): void {
    this.#started().advance();
  }

  end(): LaneEnd {
    return this.#started().told().end;
  }

  #started(): SteppedCall {
    this.#run ??= this.#start();
    return this.#run;
  }
}

function rivalLane(nextHost: () => Host, rival: Rival, rows: Rows): Stepped {
  if (rival.kind === "request") {
    const { ranges, request } = rival;
    return new RequestLane(() => begin(nextHost(), { ranges, request }, rows));
  }
  const { key, value } = rival;
  let isDone = false;
  return {
    pending: () => (isDone ? null : { kind: "put", key, value }),
    advance: () => {
      isDone = true;
      rows.put(key, value);
    },
    end: () => ({ kind: "done" }),
  };
}

/**
 * Every interleaving that can matter, up to `preemptions` changes away from a lane that could have
 * gone on, fewest first. A lane is left only before a call that conflicts with some call of the
 * other: where it conflicts with none, leaving it one call later comes to the same.
 */
export function* interleavings(
  run: (order: string) => Interleaved,
  preemptions: number,
): Generator<string> {
  const tried = new Set<string>();
  const calls: Record<Lane, Map<string, StorageCall>> = { a: new Map(), b: new Map() };
  const runs: Ran[] = [];
  let queue = ["a", "b"].map((order) => ({ order, left: preemptions }));
  while (queue.length > 0) {
    for (const { order, left } of queue) {
      const { steps } = run(order);
      for (const { lane, call } of steps) calls[lane].set(JSON.stringify(call, hexBytes), call);
      runs.push({ steps, left, from: order.length });
      yield order;
    }
    // What is known of the other's calls grows with each run, so all runs are looked at again.
    queue = runs.flatMap((ran) =>
      changes(ran, calls)
        .filter((order) => !tried.has(order))
        .map((order) => {
          tried.add(order);
          return { order, left: ran.left - 1 };
        }),
    );
  }
}

const hexBytes = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? value.join() : value;

type Ran = {
  readonly steps: readonly LaneStep[];
  /** Changes of lanes that may still be added. */
  readonly left: number;
  /** Steps that the run's order named: the changes that it has are among them. */
  readonly from: number;
};

/** The orders that leave a lane at one more place of a run, behind all changes that it has. */
function changes(
  { steps, left, from }: Ran,
  calls: Readonly<Record<Lane, ReadonlyMap<string, StorageCall>>>,
): readonly string[] {
  if (left === 0) return [];
  const found: string[] = [];
  let letters = "";
  steps.forEach(({ lane, call }, at) => {
    const before = steps[at - 1];
    const others = steps.slice(at).some((step) => step.lane !== lane);
    if (at >= from && before?.lane === lane && others) {
      const theirs = [...calls[other(lane)].values()];
      if (theirs.some((one) => conflict(call, one))) found.push(letters + other(lane));
    }
    letters += lane;
  });
  return found;
}
