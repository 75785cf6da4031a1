/**
 * The engines on the kernel's own disk, with its faults. Each seed is a life of some dozen boots;
 * `LedgerStore` checks itself at every one. To add a fault, add a row.
 */
import { beforeAll, expect, test } from "vitest";
import { World } from "../../sim/index.ts";
import { plainOptions } from "../../sim/testing/probe.ts";
import { testChance } from "./testing/fault-disk.ts";
import { type Ledger, LedgerStore } from "./testing/ledger-store.ts";
import { testPool } from "./testing/test-store.ts";

beforeAll(() => testPool.prepare(1));

type Row = readonly [name: string, arm: (world: World, id: Id) => void, canCorrupt: boolean];
type Id = ReturnType<World["addProcess"]>;

const rows: readonly Row[] = [
  ["an honest disk", () => {}, false],
  [
    "I/O errors",
    (world, id) => {
      world.disk(id).eio("sync", 10_000);
      world.disk(id).eio("write", 3_000);
      world.disk(id).eio("read", 50_000);
    },
    false,
  ],
  // What is appended behind a sync that fails may reach the disk, too.
  ["syncs that fail often", (world, id) => world.disk(id).eio("sync", 400_000), false],
  ["bit rot", (world, id) => world.disk(id).rot(200_000), true],
  ["misdirected writes", (world, id) => world.disk(id).misdirect(3_000), true],
];

function live(seed: number, arm: Row[1]): { readonly world: World; readonly ledger: Ledger } {
  const below = testChance(seed);
  const disk = { latency: { minUs: 20, maxUs: 900 } };
  const world = new World({ ...plainOptions, seed: `ledger ${seed}`, disk });
  const ledger: Ledger = { acknowledged: 0, boots: 0, corrupt: [] };
  const id = world.addProcess({
    name: "store",
    zone: "z",
    pools: [1],
    messageCostUs: () => 0,
    boot: (machine) => new LedgerStore(machine, ledger),
  });
  world.run(10_000);
  arm(world, id);
  for (let lives = 0; lives < 12 && ledger.corrupt.length === 0; lives++) {
    world.run(world.nowUs + 2_000 + below(60_000));
    if (below(2) === 0) world.crash(id, "planned");
    else world.powerLoss(id);
    world.restart(id);
    // Now and then it dies while it recovers.
    world.run(world.nowUs + below(6_000));
    if (below(4) === 0) world.powerLoss(id);
    world.restart(id);
  }
  world.run(world.nowUs + 50_000);
  return { world, ledger };
}

test.each(rows)("%s: nothing acknowledged is ever missing", (_name, arm, canCorrupt) => {
  let [boots, corrupt] = [0, 0];
  for (let seed = 0; seed < 60; seed++) {
    const { world, ledger } = live(seed, arm);
    expect(world.failure, `seed ${seed}`).toBeNull();
    boots += ledger.boots;
    corrupt += ledger.corrupt.length;
    if (!canCorrupt) expect(ledger.corrupt, `seed ${seed}`).toEqual([]);
  }
  expect(boots).toBeGreaterThan(canCorrupt ? 15 : 90);
  if (canCorrupt) expect(corrupt).toBeGreaterThan(3);
});

test("a life is a function of its seed", () => {
  const hashes = [1, 1, 2].map((seed) => live(seed, () => {}).world.hash());
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});
