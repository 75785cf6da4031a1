/**
 * Raft's claims under any order of events: messages late, twice or never, several writes on their
 * way, crashes and power losses. To add a case, add a group (settings, peers) to `groups`. A
 * failing run prints its seed and how many moves it took: `new Chaos(group).run(seed, moves)`
 * repeats it.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tikvSettings } from "./options.ts";
import { Chaos, type ChaosOptions } from "./testing/chaos.ts";
import { plainSettings } from "./testing/peer.ts";

const small = { maxInflight: 3, maxSizePerMessage: 60, maxCommittedSizePerReady: 40 };
const asTikv = { ...tikvSettings, ...small };
const groups: Readonly<Record<string, ChaosOptions>> = {
  "three peers as TiKV sets them": { peers: 3, voters: 3, settings: asTikv, changes: true },
  "three plain peers": {
    peers: 3,
    voters: 3,
    settings: { ...plainSettings, ...small },
    changes: false,
  },
  "five peers of which three vote at first": {
    peers: 5,
    voters: 3,
    settings: { ...asTikv, skipBcastCommit: false, earlyReads: "keep" },
    changes: true,
  },
};

const plan = fc.record({ seed: fc.nat(), moves: fc.integer({ min: 500, max: 5000 }) });

describe.each(Object.entries(groups))("%s", (_name, group) => {
  test("keep every claim, and agree once left alone", () => {
    const reached: Record<string, number> = {};
    let committed = 0;
    fc.assert(
      fc.property(plan, ({ seed, moves }) => {
        const chaos = new Chaos(group);
        chaos.run(seed, moves);
        expectAgreement(chaos);
        committed += chaos.watch.committedIndex;
        for (const [what, count] of Object.entries(chaos.reached)) {
          reached[what] = (reached[what] ?? 0) + count;
        }
      }),
      { numRuns: 120, seed: 7 },
    );
    // A run in which nothing happens proves nothing.
    for (const what of ["propose", "power loss", "crash", "read answered", "snapshot"]) {
      expect(reached[what] ?? 0, what).toBeGreaterThan(20);
    }
    if (group.changes) expect(reached["change"]).toBeGreaterThan(20);
    expect(committed).toBeGreaterThan(1000);
  });
});

function expectAgreement(chaos: Chaos): void {
  chaos.settle(120);
  expect(chaos.proposeSomewhere(), "a healed group elects a leader").toBe(true);
  chaos.settle(40);
  const leader = chaos.leader!.raft;
  expect(leader.commit, "a healed group commits").toBe(leader.lastIndex);
  const members = leader.members().map(({ id }) => id);
  for (const { raft } of chaos.peers) {
    if (!members.includes(raft.id)) continue;
    expect(raft.applied, `peer ${raft.id} catches up`).toBe(leader.applied);
  }
}
