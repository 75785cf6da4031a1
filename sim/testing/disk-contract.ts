/**
 * What every disk promises (`Disk` in sim/process.ts), as a test suite. A disk passes it by being
 * driven through a `DiskBench`; faults are not part of the contract, crash and power loss are.
 */
import { describe, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../bytes.ts";
import type { Disk, DiskError } from "../process.ts";

/** What an operation ended with. */
export type Ending = {
  readonly token: number;
  readonly error: DiskError | null;
  readonly text: string | null;
};

/** A disk in a world of its own. */
export interface DiskBench {
  /** The present incarnation's disk. */
  readonly disk: Disk;
  /**
   * Calls operations inside one event, waits for all of them, and says how they ended, in order.
   */
  run(calls: (disk: Disk) => void): readonly Ending[];
  /** The same, but the process crashes right after the calls. */
  crashDuring(calls: (disk: Disk) => void): void;
  /** The process dies and boots again. */
  crash(): void;
  /** The machine loses its power; the process boots again. */
  losePower(): void;
}

const bytes = latin1Bytes;

/** Runs the suite. `open(n)` gives a fresh disk whose chance follows from `n`. */
export function diskContract(name: string, open: (n: number) => DiskBench): void {
  const read = (bench: DiskBench, file: string): string => {
    const [ending] = bench.run((disk) => disk.read(file, 99));
    return ending?.error ?? ending?.text ?? "nothing ended";
  };
  const every = (times: number, check: (bench: DiskBench) => void): void => {
    for (let n = 0; n < times; n++) check(open(n));
  };

  describe(`${name}: operations`, () => {
    test("appends in order, creating the file", () => {
      const bench = open(0);
      bench.run((disk) => {
        disk.append("log", bytes("ab"), 1);
        disk.append("log", bytes("cd"), 2);
      });
      expect(read(bench, "log")).toBe("abcd");
    });

    test("overwrites, and fills a hole with zeroes", () => {
      const bench = open(0);
      bench.run((disk) => {
        disk.append("f", bytes("abcdef"), 1);
        disk.write("f", 1, bytes("XY"), 2);
        disk.write("f", 8, bytes("Z"), 3);
      });
      expect(read(bench, "f")).toBe("aXYdef\0\0Z");
    });

    test("ends every operation once, those of one file in the order of the calls", () => {
      every(20, (bench) => {
        const endings = bench.run((disk) => {
          for (let token = 0; token < 20; token++) {
            disk.append(token % 2 === 0 ? "even" : "odd", bytes("x"), token);
          }
        });
        const tokens = endings.map(({ token }) => token);
        expect([...tokens].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
        for (const rest of [0, 1]) {
          const some = tokens.filter((token) => token % 2 === rest);
          expect(some).toEqual([...some].sort((a, b) => a - b));
        }
      });
    });

    test("a read sees what was called before it on the same file", () => {
      every(20, (bench) => {
        const endings = bench.run((disk) => {
          disk.append("f", bytes("1"), 1);
          disk.read("f", 2);
          disk.append("f", bytes("2"), 3);
          disk.rename("f", "g", 4);
          disk.read("g", 5);
        });
        const texts = new Map(endings.map(({ token, text }) => [token, text]));
        expect([texts.get(2), texts.get(5)]).toEqual(["1", "12"]);
      });
    });

    test("says that a file is missing", () => {
      const endings = open(0).run((disk) => {
        disk.read("a", 1);
        disk.sync("b", 2);
        disk.rename("c", "d", 3);
        disk.remove("e", 4);
      });
      expect(endings.map(({ error }) => error)).toEqual([
        "missing",
        "missing",
        "missing",
        "missing",
      ]);
    });

    test("renames over a file, removes, and lists in byte order", () => {
      const bench = open(0);
      bench.run((disk) => {
        for (const file of ["b", "a", "Z", "é", "a1"]) disk.append(file, bytes(file), 1);
      });
      expect(bench.disk.list()).toEqual(["Z", "a", "a1", "b", "é"]);
      bench.run((disk) => {
        disk.rename("a1", "b", 2);
        disk.remove("a", 3);
      });
      expect(bench.disk.list()).toEqual(["Z", "b", "é"]);
      expect(read(bench, "b")).toBe("a1");
    });

    test("a rename comes after what was called on either name", () => {
      every(20, (bench) => {
        bench.run((disk) => disk.append("f", bytes("f"), 1));
        bench.run((disk) => {
          disk.append("g", bytes("g"), 2);
          disk.append("f", bytes("+"), 3);
          disk.rename("f", "g", 4);
        });
        expect([bench.disk.list(), read(bench, "g")]).toEqual([["g"], "f+"]);
      });
    });

    test("what was read stays what it was", () => {
      const bench = open(0);
      bench.run((disk) => disk.append("f", bytes("abc"), 1));
      const before = bench.run((disk) => disk.read("f", 2));
      bench.run((disk) => disk.write("f", 0, bytes("XXX"), 3));
      expect(before[0]?.text).toBe("abc");
    });
  });

  describe(`${name}: crash`, () => {
    test("keeps every write that completed, synced or not, and names too", () => {
      every(20, (bench) => {
        bench.run((disk) => {
          disk.append("f", bytes("abc"), 1);
          disk.append("g", bytes("x"), 2);
          disk.rename("g", "h", 3);
        });
        bench.crash();
        expect([read(bench, "f"), read(bench, "h")]).toEqual(["abc", "x"]);
      });
    });

    test("of what had not completed, keeps the first few calls", () => {
      const seen = new Set<string>();
      every(60, (bench) => {
        bench.run((disk) => disk.append("f", bytes("0"), 1));
        bench.crashDuring((disk) => {
          for (const text of ["1", "2", "3"]) disk.append("f", bytes(text), 2);
        });
        seen.add(read(bench, "f"));
      });
      expect([...seen].sort()).toEqual(["0", "01", "012", "0123"]);
    });

    test("calls of a dead incarnation do nothing", () => {
      every(20, (bench) => {
        const before = bench.disk;
        bench.crash();
        expect(bench.run(() => before.append("f", bytes("late"), 1))).toEqual([]);
        expect(read(bench, "f")).toBe("missing");
        // Nor does the next crash find it among the calls that were under way.
        bench.crashDuring(() => before.append("f", bytes("late"), 1));
        expect(read(bench, "f")).toBe("missing");
      });
    });
  });

  describe(`${name}: power loss`, () => {
    const prepare = (bench: DiskBench): void => {
      bench.run((disk) => {
        disk.append("f", bytes("safe"), 1);
        disk.sync("f", 2);
        disk.syncDirectory(3);
      });
    };

    test("keeps what was synced, in a file whose name was", () => {
      every(50, (bench) => {
        prepare(bench);
        bench.losePower();
        expect(read(bench, "f")).toBe("safe");
      });
    });

    test("loses unsynced writes in some runs and not in others, never a synced byte", () => {
      const seen = new Set<string>();
      every(100, (bench) => {
        prepare(bench);
        bench.run((disk) => {
          disk.append("f", bytes("+1"), 4);
          disk.append("f", bytes("+2"), 5);
        });
        bench.losePower();
        const text = read(bench, "f");
        expect(text.startsWith("safe")).toBe(true);
        seen.add(text);
      });
      expect(seen).toContain("safe");
      expect(seen).toContain("safe+1");
      expect(seen).toContain("safe+1+2");
    });

    test("loses an unsynced creation, rename or removal in some runs and not in others", () => {
      const seen = new Set<string>();
      every(100, (bench) => {
        prepare(bench);
        bench.run((disk) => disk.rename("f", "g", 4));
        bench.run((disk) => disk.append("new", bytes("n"), 5));
        bench.losePower();
        seen.add(bench.disk.list().join(" "));
      });
      expect([...seen].sort()).toEqual(["f", "g", "g new"]);
    });

    test("what is left is durable: a second loss takes nothing more", () => {
      every(50, (bench) => {
        prepare(bench);
        bench.run((disk) => disk.append("f", bytes("tail"), 4));
        bench.losePower();
        const first = read(bench, "f");
        bench.losePower();
        expect(read(bench, "f")).toBe(first);
      });
    });

    test("tears a write at a sector's edge at most", () => {
      const lengths = new Set<number>();
      every(200, (bench) => {
        prepare(bench);
        bench.run((disk) => disk.append("f", bytes("x".repeat(2_000)), 4));
        bench.losePower();
        lengths.add(read(bench, "f").length);
      });
      // 4 bytes were there; edges lie at 512, 1024 and 1536; 2004 is the whole write.
      expect([...lengths].sort((a, b) => a - b)).toEqual([4, 512, 1_024, 1_536, 2_004]);
    });
  });
}

/** The text of bytes that a read gave, or null. */
export function endingText(read: Uint8Array | null): string | null {
  return read === null ? null : latin1Text(read);
}
