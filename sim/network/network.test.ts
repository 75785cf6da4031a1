/**
 * Golden tests of the network: testdata/network.txt holds the commands and what reached whom, as
 * `time: sender -> receiver kind #number`. To add a case, write its command, run with REWRITE=1,
 * then read the diff. Latencies are constant (100 us) unless a case says otherwise.
 *
 *   world nodes=N zones=x,y,.. latency=MIN..MAX bandwidth=B seed=S      a fresh world
 *   send FROM TO count=N kind=K size=B for=T      numbered messages, and what happens within T us
 *     (10 ms unless given)
 *   run us=T      what happens until then
 *   VERB PLACE per-million=P spread=US latency=MIN..MAX messages=N kinds=1,2      a fault verb
 *     where PLACE is all, link:0>1, pair:0-1, process:1 or zone:x
 *   partition 0,1 2,3 | one-way 0 1 | isolate 0 | bridge 0,1 2,3 4 | ring 0,1,2,3,4 | heal [ID]
 *   zone-latency FROM TO latency=MIN..MAX | crash P | restart P | totals
 */
import { expect, test } from "vitest";
import type { ProcessId } from "../process.ts";
import { type Case, runGolden } from "../testing/datadriven.ts";
import { ProbeWorld } from "../testing/probe.ts";
import type { NetworkFaults } from "./faults.ts";
import type { Latency, Scope, Where } from "./rules.ts";

class Story {
  #probes = new ProbeWorld();
  #numbers = 0;

  handle(one: Case): string {
    const { network } = this.#probes.world;
    const { args } = one;
    switch (one.command) {
      case "world":
        return this.#begin(one);
      case "send":
        return this.#send(one);
      case "run":
        return text(this.#probes.run(one.number("us")));
      case "partition":
        return `partition ${network.partition(args.map(ids))}`;
      case "one-way":
        return `partition ${network.partitionOneWay({ from: ids(args[0]), to: ids(args[1]) })}`;
      case "isolate":
        return `partition ${network.isolate(id(args[0]))}`;
      case "bridge": {
        const parts = { left: ids(args[0]), right: ids(args[1]), bridge: id(args[2]) };
        return `partition ${network.bridge(parts)}`;
      }
      case "ring":
        return `partition ${network.majorityRing(ids(args[0]))}`;
      case "heal":
        network.heal(args[0] === undefined ? undefined : Number(args[0]));
        return text(this.#probes.run(0));
      case "zone-latency":
        network.setZoneLatency({ from: args[0]!, to: args[1]!, latency: latency(one) });
        return "ok";
      case "crash":
        this.#probes.world.crash(id(args[0]), "planned");
        return "ok";
      case "restart":
        this.#probes.world.restart(id(args[0]));
        return text(this.#probes.run(0));
      case "totals":
        return totals(this.#probes);
      default:
        applyVerb(network, one);
        return text(this.#probes.run(0));
    }
  }

  #begin(one: Case): string {
    const zones = one.has("zones") ? one.text("zones").split(",") : [];
    this.#probes = new ProbeWorld({
      seed: one.has("seed") ? one.text("seed") : "test",
      network: {
        latency: one.has("latency") ? latency(one) : { minUs: 100, maxUs: 100 },
        bytesPerSecond: one.has("bandwidth") ? one.number("bandwidth") : 0,
      },
    });
    this.#numbers = 0;
    for (let node = 0; node < one.number("nodes"); node++) {
      this.#probes.add({ zone: zones[node] ?? "z" });
    }
    return text(this.#probes.run(0));
  }

  #send(one: Case): string {
    const kind = one.has("kind") ? one.number("kind") : 1;
    const size = one.has("size") ? one.number("size") : 0;
    for (let sent = 0; sent < (one.has("count") ? one.number("count") : 1); sent++) {
      const n = this.#numbers++;
      this.#probes.tell(id(one.args[0]), (machine) => {
        machine.send(id(one.args[1]), kind, { n }, size);
      });
    }
    return text(this.#probes.run(one.has("for") ? one.number("for") : 10_000));
  }
}

function applyVerb(network: NetworkFaults, one: Case): void {
  const place = where(one);
  const perMillion = one.has("per-million") ? one.number("per-million") : 1_000_000;
  const spread = { perMillion, spreadUs: one.has("spread") ? one.number("spread") : 1_000 };
  const verbs: Record<string, () => void> = {
    drop: () => network.drop(place, perMillion),
    deliver: () => network.deliver(place),
    duplicate: () => network.duplicate(place, spread),
    single: () => network.single(place),
    reorder: () => network.reorder(place, spread),
    order: () => network.order(place),
    delay: () => network.delay(place, latency(one)),
    hasten: () => network.hasten(place),
    limit: () => network.limit(place, one.number("messages")),
    unlimit: () => network.unlimit(place),
    clog: () => network.clog(place),
    unclog: () => network.unclog(place),
    hold: () => network.hold(place),
    release: () => network.release(place),
    corrupt: () => network.corrupt(place, perMillion),
    clean: () => network.clean(place),
    refuse: () => network.refuse(place),
    accept: () => network.accept(place),
    hang: () => network.hang(place),
    answer: () => network.answer(place),
    calm: () => network.calm(),
  };
  const verb = verbs[one.command];
  if (verb === undefined) throw new Error(`no such command: ${one.command}`);
  verb();
}

function where(one: Case): Where {
  const scope = scopeOf(one.args[0] ?? "all");
  return one.has("kinds") ? { ...scope, kinds: one.list("kinds") } : scope;
}

function scopeOf(place: string): Scope {
  const [kind, of = ""] = place.split(":");
  if (kind === "link") {
    const [from, to] = of.split(">");
    return { kind, from: id(from), to: id(to) };
  }
  if (kind === "pair") {
    const [a, b] = of.split("-");
    return { kind, a: id(a), b: id(b) };
  }
  if (kind === "process") return { kind, process: id(of) };
  if (kind === "zone") return { kind, zone: of };
  if (kind === "all") return { kind };
  throw new Error(`no such place: ${place}`);
}

function latency(one: Case): Latency {
  const [minUs = 0, maxUs = minUs] = one.text("latency").split("..").map(Number);
  return { minUs, maxUs };
}

function totals(probes: ProbeWorld): string {
  const counted = Object.entries(probes.world.networkTotals).filter(([, count]) => count > 0);
  return text(counted.map(([name, count]) => `${name} ${count}`));
}

const id = (text = ""): ProcessId => Number(text) as ProcessId;
const ids = (text = ""): readonly ProcessId[] => text.split(",").map(id);
const text = (lines: readonly string[]): string => (lines.length === 0 ? "-" : lines.join("\n"));

test("network.txt", () => {
  const story = new Story();
  runGolden(new URL("./testdata/network.txt", import.meta.url), (one) => story.handle(one));
});

test("a codec sees every message, and a damaged one is dropped where decoding notices", () => {
  let decoded = 0;
  const probes = new ProbeWorld({
    codec: {
      encode: (_kind, payload) => {
        const { n } = payload as { n: number };
        return Uint8Array.of(n, n ^ 0xff);
      },
      isSame: (_kind, payload, bytes) => (payload as { n: number }).n === bytes[0],
      decode: (_kind, bytes) => {
        if (bytes[0] !== (bytes[1]! ^ 0xff)) throw new Error("a wrong checksum");
        decoded += 1;
        return { n: bytes[0] };
      },
    },
  });
  const [a, b] = [probes.add(), probes.add()];
  probes.run(0);
  const burst = (): void => {
    for (let n = 0; n < 50; n++) probes.tell(a, (machine) => machine.send(b, 1, { n }, 2));
  };
  burst();
  expect(probes.run(1_000)).toHaveLength(50);
  expect(decoded).toBe(50);
  probes.world.network.corrupt({ kind: "all" }, 1_000_000);
  burst();
  // Two bits may cancel out in this weak checksum, so nearly all is what can be promised.
  expect(probes.run(1_000).length).toBeLessThan(10);
  expect(probes.world.networkTotals.corrupted).toBe(50);
  probes.world.network.clean({ kind: "all" });
  burst();
  expect(probes.run(1_000)).toHaveLength(50);
});

test.each([
  ["in the handler that sent it", 0, true],
  ["while it is on its way", 50, true],
  ["while it comes back", 150, false],
])("a process that changes a payload %s has failed", (_when, delayUs, isUp) => {
  const payload = { list: [1] };
  const probes = new ProbeWorld({
    codec: {
      encode: () => Uint8Array.from(payload.list),
      isSame: (_kind, sent, bytes) => sent === payload && bytes.length === payload.list.length,
      decode: (_kind, bytes) => [...bytes],
    },
  });
  const a = probes.add({
    reactions: {
      timer: (machine, kind) => {
        if (kind === 0) machine.send(b, 1, payload, 0);
        if (kind === 0 && delayUs > 0) machine.arm(delayUs, 1, 0);
        else payload.list.push(2);
      },
    },
  });
  const b = probes.add({ reactions: { receive: () => expect.unreachable() } });
  probes.run(0);
  if (!isUp) probes.world.crash(b, "test");
  probes.tell(a, (machine) => machine.arm(1, 0, 0));
  probes.run(1_000);
  const message = "a message of kind 1 was changed after it was sent";
  expect(probes.world.failure).toMatchObject({ kind: "error", process: a, message });
  expect(probes.world.isUp(a)).toBe(false);
});

test("links beyond the first processes are as good, and cut like them", () => {
  const probes = new ProbeWorld();
  const processes = Array.from({ length: 600 }, () => probes.add());
  probes.run(0);
  const pairs = [
    [0, 1],
    [254, 255],
    [255, 0],
    [255, 256],
    [256, 255],
    [0, 256],
    [256, 0],
    [599, 1],
    [1, 599],
    [598, 599],
  ].map(([from = 0, to = 0]) => [processes[from]!, processes[to]!] as const);
  const sendAll = (n: number): readonly string[] => {
    for (const [from, to] of pairs) probes.tell(from, (machine) => machine.send(to, 1, { n }, 0));
    return probes.run(10_000).map((line) => line.replace(/^\d+: /, ""));
  };
  const told = (n: number, ends = pairs): readonly string[] =>
    ends.map(([from, to]) => `${from} -> ${to} kind 1 #${n}`).sort(byText);
  expect([...sendAll(1)].sort(byText)).toEqual(told(1));
  const cut = [processes[255]!, processes[256]!];
  probes.world.network.partition(cut.map((one) => [one]));
  const whole = pairs.filter((ends) => !ends.every((end) => cut.includes(end)));
  expect([...sendAll(2)].sort(byText)).toEqual(told(2, whole));
});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
