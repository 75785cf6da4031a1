/**
 * Golden tests of what a refusal says: testdata/refusals.txt holds histories, the sentence and the
 * picture. To add a case, write `judge MODEL` and its operations, run with REWRITE=1, read the
 * diff.
 *
 *   judge MODEL     a register begins as 0; operations follow, one a line, values as JSON:
 *                   PROCESS OP [INPUT] [= ANSWER] CALL..[RETURN]
 */
import { expect, test } from "vitest";
import { type Case, runGolden } from "../../../sim/testing/datadriven.ts";
import { isModelName, readOperations } from "../../history-files/index.ts";
import { checkByName } from "./models.ts";
import { unlimited } from "./part.ts";

test("refusals.txt", () => {
  runGolden(new URL("./testdata/refusals.txt", import.meta.url), ({ args, input }: Case) => {
    const model = args[0] ?? "";
    if (!isModelName(model)) throw new Error(`no such model: ${model}`);
    const operations = readOperations(input.map(toJson).join("\n"), { model, source: "case" });
    const verdict = checkByName(operations, { model, initial: 0, budget: unlimited });
    if (verdict.kind !== "refused") return verdict.kind;
    for (const line of verdict.picture.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    return `${wrap(verdict.why)}\n${verdict.picture.replaceAll("\n\n", "\n.\n")}`;
  });
});

function toJson(line: string): string {
  const shape = /^(\S+) (\w+)(?: (?!=)(\S+))?(?: = (\S+))? (\d+)\.\.(\d*)$/;
  const [, process, op, input = "null", answer, call, end] = shape.exec(line) ?? [];
  if (process === undefined) throw new Error(`no operation: ${line}`);
  const output =
    end === "" ? "null" : op === "cas" ? `{"ok":${answer}}` : answer ? `{"value":${answer}}` : "{}";
  const who = /^\d+$/.test(process) ? process : JSON.stringify(process);
  const times = `"call_time":${call},"return_time":${end === "" ? "null" : end}`;
  return `{"process":${who},"op":"${op}","input":${input},"output":${output},${times}}`;
}

function wrap(text: string): string {
  return text.replace(/(.{1,96})(?: |$)/g, "$1\n").trimEnd();
}
