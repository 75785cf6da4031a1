/**
 * The recorded verdicts of Elle on 235 histories at twelve levels. To add a row where this judge
 * names more than Elle, look at the printed cycle first, then add it to STRONGER with the reason.
 */
import { expect, test } from "vitest";
import { oracleTest, readOracle } from "../../../sim/testing/oracles.ts";
import type { IsolationEvent, Workload } from "./history.ts";
import { checkIsolation, type IsolationVerdict, parseLevel } from "./index.ts";
import { LEVELS } from "./levels.ts";

type Expected = {
  readonly valid: boolean | "unknown" | "error";
  readonly anomalies: readonly string[];
};
type Row = {
  readonly name: string;
  readonly workload: Workload;
  readonly source: string;
  readonly options: Readonly<Record<string, boolean>>;
  readonly history: readonly IsolationEvent[];
  readonly stated_in_elle_tests?: readonly {
    readonly model: string;
    readonly valid?: boolean;
    readonly anomalies_include?: readonly string[];
  }[];
  readonly expected: Readonly<Record<string, Expected>>;
};

const alsoRealtime =
  "two transactions are related both by a read-write edge and by real time: Elle explains the " +
  "pair by the data alone, and so misses the cycle that needs its real-time order";
/** Rows from Elle's tests with more than Elle's names, and why that is right. */
const STRONGER: Readonly<Record<string, { readonly names: string; readonly why: string }>> = {
  "la_g_nonadjacent_process strong-snapshot-isolation": {
    names: "G-single-item-realtime G1c-realtime",
    why: "Elle reports strong-PL-2-cycle-exists, a G1c-realtime that its search did not name",
  },
  "la_g_nonadjacent_process strong-serializable": {
    names: "G-single-item-realtime G1c-realtime",
    why: "Elle reports strong-PL-2-cycle-exists, a G1c-realtime that its search did not name",
  },
  "la_g_nonadjacent strong-snapshot-isolation": {
    names: "G-nonadjacent-item G-single-item-realtime",
    why: alsoRealtime,
  },
  "la_g_nonadjacent strong-serializable": {
    names: "G-nonadjacent-item G-single-item-realtime",
    why: alsoRealtime,
  },
  "la_lost_update strong-snapshot-isolation": {
    names: "G-single-item-realtime lost-update",
    why: alsoRealtime,
  },
  "la_lost_update strong-serializable": {
    names: "G-single-item-realtime G2-item lost-update",
    why: alsoRealtime,
  },
  "la_rr_gnonadjacent_item strong-snapshot-isolation": {
    names: "G-nonadjacent-item G-single-item-realtime",
    why: alsoRealtime,
  },
  "la_rr_gnonadjacent_item strong-serializable": {
    names: "G-nonadjacent-item G-single-item-realtime",
    why: alsoRealtime,
  },
  ...Object.fromEntries(
    ["snapshot-isolation", "serializable"].flatMap((level) =>
      [
        ["strong-session", "process"],
        ["strong", "realtime"],
      ].map(([prefix, order]) => [
        `rw_scc_sort_bug ${prefix}-${level}`,
        {
          names: `G0-${order} cyclic-versions`,
          why: "T3 wrote what T2 read and overwrote: Elle tells the read (G1c), we the worse (G0)",
        },
      ]),
    ),
  ),
};

const rows = (): readonly Row[] => [
  ...readOracle<readonly Row[]>("isolation/histories.json"),
  ...readOracle<readonly Row[]>("isolation/random_histories.json"),
];

function judge({ history, workload, options }: Row, level: string): IsolationVerdict {
  return checkIsolation(history, {
    level: parseLevel(level),
    workload,
    wfrKeys: options["wfr-keys?"] ?? false,
    sequentialKeys: options["sequential-keys?"] ?? false,
    linearizableKeys: options["linearizable-keys?"] ?? false,
  });
}

function kindOf(valid: Expected["valid"]): IsolationVerdict["kind"] {
  if (valid === true) return "valid";
  return valid === "unknown" ? "inconclusive" : "violation";
}

function namesOf(verdict: IsolationVerdict): readonly string[] {
  return verdict.kind === "violation" ? verdict.anomalies.map(({ name }) => name).sort() : [];
}

oracleTest("235 histories x 12 levels get Elle's verdict", () => {
  const counts = { histories: 0, verdicts: 0, valid: 0, violation: 0, inconclusive: 0 };
  const wrong: string[] = [];
  for (const row of rows()) {
    counts.histories++;
    for (const [level, { valid }] of Object.entries(row.expected)) {
      const verdict = judge(row, level);
      counts.verdicts++;
      counts[verdict.kind]++;
      if (verdict.kind !== kindOf(valid)) wrong.push(`${row.name} ${level}: ${verdict.kind}`);
      // What Elle stops at is convicted here, with the reason.
      if (valid === "error") expect(namesOf(verdict), row.name).toContain("garbage-read");
      if (verdict.kind !== "violation") continue;
      expect(verdict.ruledOut, row.name).toContain(parseLevel(level));
      for (const { sentences } of verdict.anomalies) expect(sentences.length).toBeGreaterThan(0);
    }
  }
  expect(wrong).toEqual([]);
  process.stdout.write(
    `isolation oracle: ${counts.histories} histories x ${LEVELS.length} levels = ` +
      `${counts.verdicts} verdicts as Elle's: ${counts.valid} valid, ` +
      `${counts.violation} violations, ${counts.inconclusive} inconclusive\n`,
  );
  expect(counts).toMatchObject({ histories: 235, verdicts: 235 * 12 });
});

oracleTest("the names of anomalies are Elle's, but for the rows of STRONGER", () => {
  const stronger = new Set<string>();
  const seen = { fromElle: 0, others: 0, othersDiffer: 0 };
  const wrong: string[] = [];
  for (const row of rows()) {
    for (const [level, { valid, anomalies }] of Object.entries(row.expected)) {
      if (valid !== false) continue;
      const ours = namesOf(judge(row, level)).join(" ");
      // Artefacts of Elle's search that say "some cycle" and nothing of which.
      const named = anomalies.filter((one) => !/cycle-exists|search-timeout|^empty-/.test(one));
      const elles = named.sort().join(" ");
      const id = `${row.name} ${level}`;
      if (!row.source.startsWith("jepsen-io/elle")) {
        seen.others++;
        if (ours !== elles) seen.othersDiffer++;
      } else if (ours === elles) seen.fromElle++;
      else if (STRONGER[id]?.names === ours) stronger.add(id);
      else wrong.push(`${id}: ${ours}, Elle: ${elles}`);
    }
  }
  expect(wrong).toEqual([]);
  expect([...stronger].sort()).toEqual(Object.keys(STRONGER).sort());
  process.stdout.write(
    `isolation oracle: names as Elle's on ${seen.fromElle} rows from its tests, more on ` +
      `${stronger.size}; of ${seen.others} other rows ${seen.othersDiffer} differ\n`,
  );
  // Where reads contradict each other Elle's version order is that of a hash set's iteration.
  expect(seen.othersDiffer).toBeLessThanOrEqual(20);
});

oracleTest("what Elle's own tests state holds literally", () => {
  let stated = 0;
  for (const row of rows()) {
    for (const { model, valid, anomalies_include } of row.stated_in_elle_tests ?? []) {
      stated++;
      const verdict = judge(row, model);
      const id = `${row.name} ${model}`;
      if (valid !== undefined) expect(verdict.kind === "valid", id).toBe(valid);
      const names = namesOf(verdict);
      const listed = STRONGER[`${row.name} ${model}`] !== undefined;
      for (const name of anomalies_include ?? []) {
        if (!listed) expect(names, id).toContain(name);
      }
    }
  }
  expect(stated).toBeGreaterThanOrEqual(31);
});

test("the list of stronger rows gives a reason for each", () => {
  for (const { why } of Object.values(STRONGER)) expect(why.length).toBeGreaterThan(20);
});
