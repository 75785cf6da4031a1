/**
 * Which way a read takes: by lease (path 0) or by a quorum (path 1), as TiKV chooses. To add a
 * case, bring a leader into a state and look at `path`. Source: tikv-semantics.md section 5.
 */
import { expect, test } from "vitest";
import { benchEngines, ClusterBench, type RequestFields } from "../testing/cluster-bench.ts";
import { operations } from "../wire.ts";

const engines = await benchEngines();
const get: RequestFields = { op: operations.get, key: "k" };
const put: RequestFields = { op: operations.put, key: "k", value: Uint8Array.of(1) };
const [byLease, byQuorum] = [0, 1];

function led(): ClusterBench {
  const bench = new ClusterBench({ engines });
  bench.lead(1);
  return bench;
}

/** Sends a read and tells which way it was served; null = refused or not answered in time. */
function path(bench: ClusterBench, store = 1, waitUs = 5_000): number | null {
  const from = bench.events.length;
  bench.send(store, get);
  bench.run(waitUs);
  return bench.of("readServed", from)[0]?.what["path"] ?? null;
}

test("by lease after a write; the lease runs out 0.9 s after the write was proposed", () => {
  const bench = led();
  bench.ask(1, put);
  expect(path(bench)).toBe(byLease);
  bench.ask(1, put);
  const proposedAt = bench.of("leaseRenewed").at(-1);
  const untilUs = (proposedAt?.what["untilMs"] ?? 0) * 1000;
  bench.run(untilUs - bench.world.nowUs - 2_000);
  expect(path(bench, 1, 1_000)).toBe(byLease);
  bench.run(untilUs - bench.world.nowUs + 1_000);
  expect(path(bench)).toBe(byQuorum);
});

test("a read by quorum renews the lease for the next one", () => {
  const bench = led();
  bench.run(2_000_000);
  expect(path(bench)).toBe(byQuorum);
  expect(path(bench)).toBe(byLease);
});

test("the lease begins when the command was proposed, not when it was committed", () => {
  const bench = led();
  bench.world.disk(bench.process(2)).delay({ minUs: 200_000, maxUs: 200_000 });
  bench.world.disk(bench.process(3)).delay({ minUs: 200_000, maxUs: 200_000 });
  bench.run(2_000_000);
  const from = bench.events.length;
  const proposedUs = bench.world.nowUs;
  bench.ask(1, put);
  expect(bench.world.nowUs - proposedUs).toBeGreaterThan(200_000);
  const renewed = bench.of("leaseRenewed", from)[0]?.what["untilMs"] ?? 0;
  expect(renewed * 1000).toBeLessThanOrEqual(proposedUs + 901_000);
});

test("while leadership is handed over no lease holds, and reads still work by quorum", () => {
  const bench = led();
  bench.ask(1, put);
  expect(path(bench)).toBe(byLease);
  bench.world.pause(bench.process(2));
  bench.transfer(1, 2);
  expect(path(bench)).toBe(byQuorum);
  // The quorum's answer does not bring the lease back either.
  expect(path(bench)).toBe(byQuorum);
  bench.run(1_200_000);
  expect(path(bench)).toBe(byQuorum);
  expect(path(bench)).toBe(byLease);
});

test("a leader that was deposed serves nothing, however young its lease was", () => {
  const bench = led();
  bench.ask(1, put);
  bench.transfer(1, 2);
  bench.until(() => bench.leaderOf() === 2);
  bench.run(2_000);
  expect(path(bench, 1)).toBeNull();
  expect(bench.ask(1, get).regionError?.kind).toBe("notLeader");
});

test("until the first commit of its term a leader has no lease, and ReadIndex is dropped", () => {
  const bench = led();
  // The followers' disks stand still just after they gave their votes: nothing commits.
  bench.world.network.isolate(bench.process(1));
  bench.until(() => [2, 3].includes(bench.leaderOf()));
  const leader = bench.leaderOf();
  bench.world.disk(bench.process(5 - leader)).stall();
  const from = bench.events.length;
  const rpc = bench.send(leader, get);
  bench.run(300_000);
  expect(bench.answer(rpc)).toBeUndefined();
  expect(bench.of("commitAdvanced", from)).toEqual([]);
  bench.world.disk(bench.process(5 - leader)).flow();
  bench.until(() => bench.of("commitAdvanced", from).length > 0);
  const committedUs = bench.world.nowUs;
  // It was dropped silently: only a later asking brings the answer, up to four ticks after.
  bench.until(() => bench.answer(rpc) !== undefined, { maxUs: 500_000 });
  expect(bench.world.nowUs - committedUs).toBeGreaterThan(50_000);
  expect(bench.of("readServed", from)[0]?.what["path"]).toBe(byQuorum);
  const waitedUs = bench.world.nowUs - (bench.events[from]?.at ?? 0);
  expect(waitedUs).toBeGreaterThan(300_000);
});

test("a read by quorum waits until what its leader had committed is applied", () => {
  const bench = led();
  let behind = 0;
  for (let round = 0; round < 40; round++) {
    const from = bench.events.length;
    bench.send(1, put);
    const commits = () => bench.of("commitAdvanced", from).filter(({ store }) => store === 1);
    bench.until(() => commits().length > 0, { stepUs: 50 });
    const committed = commits()[0]?.what["index"] ?? Number.NaN;
    const read = bench.send(3, { ...get, replicaRead: true });
    if (!bench.of("entryApplied", from).some(({ store }) => store === 3)) behind++;
    bench.until(() => bench.answer(read) !== undefined);
    const [served] = bench.of("readServed", from);
    expect([served?.store, served?.what["path"]]).toEqual([3, byQuorum]);
    expect(served?.what["index"]).toBeGreaterThanOrEqual(committed);
    bench.run(30_000);
  }
  expect(behind).toBeGreaterThan(20); // The follower had something to wait for.
});

test("a follower serves a replica read once it applied the leader's index", () => {
  const bench = led();
  bench.ask(1, put);
  const { value, regionError } = bench.ask(3, { ...get, replicaRead: true });
  expect([value, regionError]).toEqual([Uint8Array.of(1), null]);
  const served = bench.of("readServed").at(-1);
  expect([served?.store, served?.what["path"]]).toEqual([3, byQuorum]);
  expect(bench.ask(3, get).regionError?.kind).toBe("notLeader");
});

test("a replica read is lost with its leader and told so: StaleCommand", () => {
  const bench = led();
  bench.world.pause(bench.process(1));
  const rpc = bench.send(3, { ...get, replicaRead: true });
  bench.until(() => bench.answer(rpc) !== undefined);
  expect(bench.answer(rpc)).toMatchObject({ regionError: { kind: "staleCommand" } });
});
