/**
 * Range tiling: every key belongs to one region. Which range a region has is a matter of its
 * version, the same on every store; no store holds a key twice; at the end the newest ranges cover
 * the key space without a gap, and so do those of each store that is up.
 */
import { eventKinds } from "../../nodes/events.ts";
import { digestText } from "../../sim/bytes.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "range tiling",
  sentence: "every key belongs to one region, on every store and under every version",
} as const;

export const rangeJudge: JudgeFactory = (facts) =>
  judgeOf(parts, (findings) => new Ranges(facts, findings));

type Held = {
  readonly region: number;
  readonly start: string;
  readonly end: string;
  readonly version: number;
};

class Ranges implements Listener {
  readonly kinds: readonly number[] = [eventKinds.regionHeld, kernelEvents.boot.kind];
  readonly #facts: RunFacts;
  readonly #findings: Findings;
  /** Bounds by the digests that events carry: those of the plan, nobody may cut anywhere else. */
  readonly #bounds = new Map<number, string>();
  /** By region and version (`region/version`). */
  readonly #ranges = new Map<string, Held>();
  /** The highest version of each region. */
  readonly #latest = new Map<number, Held>();
  /** What a running store holds, by process and region. */
  readonly #stores = new Map<number, Map<number, Held>>();

  constructor(facts: RunFacts, findings: Findings) {
    this.#facts = facts;
    this.#findings = findings;
    const bounds = facts.regions.flatMap(({ start, end }) => [start, end]);
    for (const text of [...bounds, ...facts.splitKeys]) this.#bounds.set(digestText(text), text);
  }

  event(
    kind: number,
    process: number,
    region: number,
    startDigest: number,
    endDigest: number,
    version: number,
    nowUs: number,
  ): void {
    if (kind === kernelEvents.boot.kind) {
      this.#stores.delete(process);
      return;
    }
    const [start, end] = [this.#bounds.get(startDigest), this.#bounds.get(endDigest)];
    this.#findings.check();
    if (start === undefined || end === undefined) {
      const message = `region ${region} of version ${version} has a bound that nobody cut at`;
      this.#findings.convict(message, nowUs);
    } else this.#hold(process, { region, start, end, version }, nowUs);
  }

  #hold(process: number, held: Held, nowUs: number): void {
    const { region, version } = held;
    const findings = this.#findings;
    const name = `${region}/${version}`;
    const known = this.#ranges.get(name);
    if (known !== undefined && !isSame(known, held)) {
      const two = `${textOf(known)} and ${textOf(held)}`;
      findings.convict(`region ${region} of version ${version} is both ${two}`, nowUs);
    }
    if (known === undefined) this.#ranges.set(name, held);
    if (version > (this.#latest.get(region)?.version ?? 0)) this.#latest.set(region, held);
    let store = this.#stores.get(process);
    if (store === undefined) {
      store = new Map();
      this.#stores.set(process, store);
    }
    const before = store.get(region)?.version ?? 0;
    if (version < before) {
      const message = `region ${region} went back from version ${before} to ${version}`;
      findings.convict(`process ${process}: ${message}`, nowUs);
    }
    store.set(region, held);
    const other = overlapping(held, store.values());
    if (other === null) return;
    const message = `region ${other.region} ${textOf(other)} and region ${region} ${textOf(held)}`;
    findings.convict(`process ${process} holds keys twice: ${message}`, nowUs);
  }

  finish({ healthyStores }: RunEnd): void {
    const { unrestricted, stores, regions, endUs } = this.#facts;
    if (unrestricted || this.#latest.size === 0) return;
    this.#tile(this.#latest.values(), "the newest ranges", endUs);
    for (const { store, process } of stores) {
      const isWhole = regions.every(({ peers }) => peers.some((peer) => peer.store === store));
      if (!isWhole || !healthyStores.includes(store)) continue;
      this.#tile(this.#stores.get(process)?.values() ?? [], `the ranges of store ${store}`, endUs);
    }
  }

  #tile(ranges: Iterable<Held>, whose: string, endUs: number): void {
    this.#findings.check();
    const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1));
    /** Where the next one must begin; null: behind the end of all keys. */
    let from: string | null = "";
    for (const held of sorted) {
      if (held.start !== from) {
        const place = from === null || held.start < from ? held.start : from;
        const message = `${whose} do not tile the keys at ${JSON.stringify(place)}`;
        this.#findings.convict(message, endUs);
        return;
      }
      from = held.end === "" ? null : held.end;
    }
    if (from !== null) this.#findings.convict(`${whose} end at ${JSON.stringify(from)}`, endUs);
  }
}

const isSame = (a: Held, b: Held): boolean => a.start === b.start && a.end === b.end;
const textOf = ({ start, end }: Held): string =>
  `[${JSON.stringify(start)}, ${JSON.stringify(end)})`;

/** Another region that has a key of this one. */
function overlapping(held: Held, others: Iterable<Held>): Held | null {
  for (const other of others) {
    if (other.region === held.region) continue;
    const isBefore = held.end !== "" && held.end <= other.start;
    const isBehind = other.end !== "" && other.end <= held.start;
    if (!isBefore && !isBehind) return other;
  }
  return null;
}
