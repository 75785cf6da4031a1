/**
 * Golden stories of one registry: testdata/registry.txt. To add a case, write its command, run with
 * REWRITE=1, then read the diff.
 *
 *   new draws=A,B,..          a registry whose chance is these numbers, then 4294967295 for ever
 *   configure NAME            with the actions on the next line
 *   remove NAME               unset one
 *   teardown                  unset all
 *   list                      what is set
 *   reach NAME [store=N]      the code comes to the point, times=N times (1 by default)
 *   wait NAME WHO             WHO is paused at the point
 */
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { type Case, runGolden } from "../sim/testing/datadriven.ts";
import {
  type Failpoint,
  type FailpointCatalogue,
  type FailpointName,
  Failpoints,
  failpointCatalogue,
  type Outcome,
  PointGroup,
} from "./index.ts";

test("registry.txt", () => {
  let story = new Story([]);
  runGolden(new URL("./testdata/registry.txt", import.meta.url), (one) => {
    if (one.command === "new") {
      story = new Story(one.has("draws") ? one.list("draws") : []);
      return "ok";
    }
    return story.play(one);
  });
});

class Story {
  readonly #failpoints: Failpoints<FailpointName>;
  readonly #log: string[] = [];

  constructor(draws: readonly number[]) {
    let at = 0;
    const draw = () => {
      const value = draws[at++] ?? 0xffff_ffff;
      this.#log.push(`drew ${value}`);
      return value;
    };
    this.#failpoints = new Failpoints({ catalogue: failpointCatalogue, draw });
  }

  play(one: Case): string {
    this.#log.length = 0;
    try {
      this.#carryOut(one);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#log.push(`${error.code}: ${error.message} (${error.where}; ${error.hint})`);
    }
    return this.#log.length === 0 ? "ok" : this.#log.join("\n");
  }

  #carryOut(one: Case): void {
    const [name = "", who = ""] = one.args;
    switch (one.command) {
      case "configure":
        this.#failpoints.configure(name, one.input[0] ?? "");
        break;
      case "remove":
        this.#failpoints.remove(name);
        break;
      case "teardown":
        this.#failpoints.teardown();
        break;
      case "list":
        for (const set of this.#failpoints.list()) this.#log.push(`${set.name}=${set.actions}`);
        break;
      case "reach": {
        const times = one.has("times") ? one.number("times") : 1;
        for (let at = 0; at < times; at += 1) this.#log.push(reach(this.#point(name, one)));
        break;
      }
      case "wait":
        this.#point(name, one).wakeOnChange(() => this.#log.push(`${who} goes on`));
        break;
      default:
        throw new Error(`no such command: ${one.command}`);
    }
  }

  #point(name: string, one: Case): Failpoint {
    const known = Object.keys(failpointCatalogue).find((key) => key === name);
    if (known === undefined) throw new Error(`no such point: ${name}`);
    const place = one.has("store") ? { storeId: one.number("store") } : {};
    return this.#failpoints.handle(known as FailpointName, place);
  }
}

function reach(point: Failpoint): string {
  if (point.actions === null) return "unset";
  return show(point.evaluate());
}

function show({ kind, ...fields }: Outcome): string {
  return [kind, ...Object.values(fields).map((value) => JSON.stringify(value))].join(" ");
}

const fp = { where: "", step: "", may: "return", returns: "a number", only: null };
const small: FailpointCatalogue<"fp" | "other"> = { fp, other: fp };

/** A small generator of 32-bit integers (xorshift32), so that chance here is fixed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

// fail-rs's own test of chance and count together: whatever the draws, each part is used up.
test("50%50*return(1)->50%50*return(-1)->50*return over 5000 calls sums to 100", () => {
  for (const seed of [1, 77, 4242, 0x7fffffff]) {
    const failpoints = new Failpoints({ catalogue: small, draw: numbers(seed) });
    failpoints.configure("fp", "50%50*return(1)->50%50*return(-1)->50*return");
    const point = failpoints.handle("fp");
    let sum = 0;
    let returned = 0;
    for (let call = 0; call < 5000; call += 1) {
      const outcome = point.evaluate();
      if (outcome.kind !== "return") continue;
      returned += 1;
      sum += outcome.value === null ? 2 : Number(outcome.value);
    }
    expect({ sum, returned }).toEqual({ sum: 100, returned: 150 });
  }
});

test("a chance is met by its share of 100,000 evaluations", () => {
  for (const percent of [0.1, 1, 25, 50, 99]) {
    const failpoints = new Failpoints({ catalogue: small, draw: numbers(percent * 1000) });
    failpoints.configure("fp", `${percent}%return`);
    const point = failpoints.handle("fp");
    let hits = 0;
    for (let call = 0; call < 100_000; call += 1) {
      if (point.evaluate().kind === "return") hits += 1;
    }
    const deviation = Math.sqrt(100_000 * (percent / 100) * (1 - percent / 100));
    expect(Math.abs(hits - percent * 1000), `${percent}%: ${hits}`).toBeLessThan(4 * deviation);
  }
});

test("a chance is a threshold: the draw below it triggers, the draw at it does not", () => {
  const draws = [0x7fff_ffff, 0x8000_0000, 0, 1];
  const failpoints = new Failpoints({ catalogue: small, draw: () => draws.shift() ?? 0 });
  const point = failpoints.handle("fp");
  const isHit = () => point.evaluate().kind === "return";
  failpoints.configure("fp", "50%return");
  expect([isHit(), isHit()]).toEqual([true, false]);
  // The smallest chance is one draw in 2^32, never none.
  failpoints.configure("fp", "0.000000000001%return");
  expect([isHit(), isHit()]).toEqual([true, false]);
});

test("two simulations share nothing", () => {
  const one = new Failpoints({ catalogue: small, draw: numbers(1) });
  const two = new Failpoints({ catalogue: small, draw: numbers(1) });
  one.configure("fp", "1*return");
  expect(two.handle("fp").actions).toBe(null);
  expect(two.list()).toEqual([]);
  expect(one.handle("fp")).toBe(one.handle("fp"));
  expect(one.handle("other").actions).toBe(null);
});

test("a callback runs at each evaluation, and a change of its own point is allowed there", () => {
  const failpoints = new Failpoints({ catalogue: small, draw: numbers(1) });
  const point = failpoints.handle("fp");
  let calls = 0;
  failpoints.configureCallback("fp", () => {
    calls += 1;
    if (calls === 2) failpoints.configure("fp", "return(now)");
  });
  expect(failpoints.list()).toEqual([{ name: "fp", actions: "callback" }]);
  expect([point.evaluate(), point.evaluate()]).toEqual([
    { kind: "continue" },
    { kind: "continue" },
  ]);
  expect(point.evaluate()).toEqual({ kind: "return", value: "now" });
  expect(calls).toBe(2);
});

test("the version counts changes, and a failed configuration is none", () => {
  const failpoints = new Failpoints({ catalogue: small, draw: numbers(1) });
  const point = failpoints.handle("fp");
  failpoints.configure("fp", "pause");
  expect(() => failpoints.configure("fp", "paus")).toThrow(UserError);
  failpoints.remove("other");
  expect(point.version).toBe(1);
  failpoints.remove("fp");
  failpoints.remove("fp");
  failpoints.teardown();
  expect(point.version).toBe(2);
});

test("a group knows if any of its points is set, also what was set before it", () => {
  const failpoints = new Failpoints({ catalogue: failpointCatalogue, draw: () => 0 });
  const names = ["raft_before_save", "raft_between_save", "raft_after_save"] as const;
  failpoints.configure(names[0], "off");
  const group = new PointGroup([failpoints.handle(names[0]), failpoints.handle(names[1])]);
  expect(group.isAnySet).toBe(true);
  failpoints.configure(names[0], "pause");
  failpoints.remove(names[0]);
  failpoints.configure(names[2], "pause");
  expect(group.isAnySet).toBe(false);
  failpoints.configure(names[0], "pause");
  failpoints.configure(names[1], "pause");
  failpoints.remove(names[0]);
  expect(group.isAnySet).toBe(true);
  failpoints.teardown();
  expect(group.isAnySet).toBe(false);
});

test("a handle of a point for one store is asked for with that store", () => {
  const failpoints = new Failpoints({ catalogue: failpointCatalogue, draw: numbers(1) });
  expect(() => failpoints.handle("raft_before_save_on_store_1")).toThrow(/storeId/);
});
