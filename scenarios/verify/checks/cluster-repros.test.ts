/**
 * What C2, C11, C12, C13 and C19 found comes back from its repro file as it was found, and is gone
 * on a mended plugin. To add a case: the bad plugin, its contract, and the mended one.
 */
import { expect, test } from "vitest";
import { checkById } from "../catalogue.ts";
import { Seen, Subject } from "../check.ts";
import { confirmingEnvironment, verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";
import type { Finding } from "../verification.ts";
import {
  formatVerifyRepro,
  parseVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "../verify-repro.ts";

type Definition = Parameters<typeof writerContract>[0];

test.each<[check: string, bad: Writing, changes: Definition, mended: Writing]>([
  ["C2", "adds", { kind: "write-idempotent" }, "sets"],
  ["C2", "adds", { kind: "write-once-unsafe" }, "sums"],
  ["C11", "sums-in-two-reads", {}, "sums"],
  ["C12", "adds", { kind: "write-idempotent" }, "adds-a-row"],
  ["C13", "caches", {}, "sums"],
  ["C19", "adds", { kind: "write-idempotent", budgets: { concurrent: 5 } }, "answers-at-once"],
])("%s of %s", async (id, bad, changes, mended) => {
  const contract = writerContract(changes);
  const plugin = writerPlugin(bad);
  const [report] = await verified({ plugin, contract, checks: [id], seeds: 4 });
  const finding = report?.finding;
  const check = checkById(id);
  if (finding === undefined || finding === null || check === null) throw new Error("nothing found");
  const repro = parseVerifyRepro(JSON.parse(formatVerifyRepro(reproOf(finding))), "f");
  expect(repro.case).toEqual(finding.smallest);
  const judge = async (one: typeof plugin) => {
    const environment = await confirmingEnvironment();
    const subject = new Subject({ plugin: one, contract, environment, fidelity: "tikv" });
    return check.judge(subject, repro.case, new Seen(null));
  };
  expect(await judge(plugin)).toEqual(finding.complaint);
  expect(await judge(writerPlugin(mended))).toBeNull();
});

function reproOf({ check, complaint, smallest, original }: Finding): VerifyRepro {
  return {
    schema: verifyReproSchema,
    kind: "verify",
    tool: { name: "coprsim", version: "0.1.0" },
    artefact: "plugin.wasm",
    pluginHash: "",
    contract: null,
    check,
    seed: "1",
    fidelity: "tikv",
    config: {},
    case: smallest,
    ...complaint,
    original,
  };
}
