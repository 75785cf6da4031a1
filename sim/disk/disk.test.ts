/**
 * Golden tests of the simulated disk and its faults: testdata/disk.txt holds the commands and what
 * the process was told, as `time: process disk #token outcome "bytes"` (a zero byte is a dot). To
 * add a case, write its command, run with REWRITE=1, then read the diff. An operation takes 10 us.
 *
 *   world seed=S      a fresh world, its process and its disk
 *   append FILE TEXT | write FILE OFFSET TEXT | sync FILE | sync-directory | read FILE
 *   rename FILE FILE | remove FILE | list      what happens within 1 ms is shown
 *   big FILE COUNT CHARACTER      appends so many of one character
 *   delay latency=MIN..MAX | stall | eio WORK per-million=P | rot per-million=P | tear | lose ...
 *   flip FILE BITS | crash | power-loss | wipe | restart
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../bytes.ts";
import type { Disk, ProcessId } from "../process.ts";
import { type Case, runGolden } from "../testing/datadriven.ts";
import { ProbeWorld } from "../testing/probe.ts";
import type { DiskFaults, DiskWork } from "./faults.ts";

const process = 0 as ProcessId;

class Story {
  #probes = new ProbeWorld();
  #token = 0;

  handle(one: Case): string {
    const { world } = this.#probes;
    switch (one.command) {
      case "world":
        this.#probes = new ProbeWorld({ seed: one.has("seed") ? one.text("seed") : "test" });
        this.#probes.add();
        this.#token = 0;
        return this.#run(0);
      case "list":
        return this.#probes.machines[0]!.disk.list().join(" ") || "-";
      case "crash":
        world.crash(process, "planned");
        return this.#run(0);
      case "power-loss":
        world.powerLoss(process);
        return this.#run(0);
      case "wipe":
        world.wipe(process);
        return this.#run(0);
      case "restart":
        world.restart(process);
        return this.#run(0);
      case "flip":
        world.flipBits(process, one.args[0]!, Number(one.args[1]));
        return "-";
      default:
        return this.#call(one) ?? this.#verb(one);
    }
  }

  #call(one: Case): string | null {
    const [first = "", second = "", third = ""] = one.args;
    const token = this.#token;
    const calls: Record<string, (disk: Disk) => void> = {
      append: (disk) => disk.append(first, latin1Bytes(second), token),
      big: (disk) => disk.append(first, latin1Bytes(third.repeat(Number(second))), token),
      write: (disk) => disk.write(first, Number(second), latin1Bytes(third), token),
      sync: (disk) => disk.sync(first, token),
      "sync-directory": (disk) => disk.syncDirectory(token),
      read: (disk) => disk.read(first, token),
      rename: (disk) => disk.rename(first, second, token),
      remove: (disk) => disk.remove(first, token),
    };
    const call = calls[one.command];
    if (call === undefined) return null;
    this.#token += 1;
    this.#probes.tell(process, (machine) => call(machine.disk));
    return this.#run(1_000);
  }

  #verb(one: Case): string {
    const verb = verbs(this.#probes.world.disk(process), one)[one.command];
    if (verb === undefined) throw new Error(`no such command: ${one.command}`);
    verb();
    return this.#run(0);
  }

  #run(forUs: number): string {
    return this.#probes.run(forUs).join("\n") || "-";
  }
}

function verbs(disk: DiskFaults, one: Case): Record<string, () => void> {
  const perMillion = one.has("per-million") ? one.number("per-million") : 1_000_000;
  const work = one.args[0] as DiskWork;
  return {
    delay: () => {
      const [minUs = 0, maxUs = minUs] = one.text("latency").split("..").map(Number);
      disk.delay({ minUs, maxUs });
    },
    hasten: () => disk.hasten(),
    stall: () => disk.stall(),
    flow: () => disk.flow(),
    eio: () => disk.eio(work, perMillion),
    honest: () => disk.honest(work),
    tear: () => disk.tear(),
    whole: () => disk.whole(),
    lose: () => disk.lose(),
    keep: () => disk.keep(),
    rot: () => disk.rot(perMillion),
    preserve: () => disk.preserve(),
    misdirect: () => disk.misdirect(perMillion),
    direct: () => disk.direct(),
    fill: () => disk.fill(one.has("bytes") ? one.number("bytes") : 0),
    free: () => disk.free(),
  };
}

test("disk.txt", () => {
  const story = new Story();
  runGolden(new URL("./testdata/disk.txt", import.meta.url), (one) => story.handle(one));
});

/** The lengths that a file of one 2,000-byte unsynced write can have after a power loss. */
function lengthsAfterLoss(prepare: (disk: DiskFaults) => void): readonly number[] {
  const lengths = new Set<number>();
  for (let n = 0; n < 100; n++) {
    const probes = new ProbeWorld({ seed: `loss ${n}` });
    probes.add();
    probes.run(0);
    probes.tell(process, ({ disk }) => {
      disk.append("f", latin1Bytes("x"), 1);
      disk.sync("f", 2);
      disk.syncDirectory(3);
      disk.append("f", latin1Bytes("y".repeat(1_999)), 4);
    });
    probes.run(1_000);
    prepare(probes.world.disk(process));
    probes.world.powerLoss(process);
    probes.world.restart(process);
    probes.run(0);
    probes.tell(process, ({ disk }) => disk.read("f", 5));
    const [line = ""] = probes.run(1_000);
    lengths.add(Number(/(\d+) bytes/.exec(line)?.[1] ?? 1));
  }
  return [...lengths].sort((a, b) => a - b);
}

test("tear and whole, lose and keep: each has its effect, and its absence when undone", () => {
  const torn = [1, 512, 1_024, 1_536, 2_000];
  expect(lengthsAfterLoss(() => {})).toEqual(torn);
  expect(lengthsAfterLoss((disk) => disk.whole())).toEqual([1, 2_000]);
  expect(lengthsAfterLoss((disk) => disk.keep())).toEqual([2_000]);
  const again = (disk: DiskFaults): void => {
    disk.whole();
    disk.keep();
    disk.tear();
    disk.lose();
  };
  expect(lengthsAfterLoss(again)).toEqual(torn);
});
