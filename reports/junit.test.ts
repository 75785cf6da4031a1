/**
 * Golden test of the JUnit report: testdata/junit.xml. To add a case, add it below, run with
 * REWRITE=1 and read the diff.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type JunitReport, junitReport } from "./junit.ts";

const report: JunitReport = {
  suites: [
    {
      name: "smoke",
      cases: [
        { name: "seed 1/0", seconds: 0.25, outcome: "passed", message: "", details: "" },
        { name: "seed 1/1", seconds: 0, outcome: "passed", message: "", details: "a note" },
        {
          name: "seed 1/2",
          seconds: 1.5,
          outcome: "failed",
          message: "two leaders in term 3: stores 1 & 2",
          details: 'first line\n  <store 1> says "I"\r\nlast line',
        },
      ],
    },
    {
      name: 'odd "names" <&>',
      cases: [
        {
          name: "control\u0000\u001b[31m\nlone \ud800 pair 🙂 end \uffff",
          seconds: 0.0004,
          outcome: "error",
          message: "tab\tand 'quotes'",
          details: "",
        },
        { name: "gate", seconds: 0, outcome: "skipped", message: "never seen", details: "" },
      ],
    },
    { name: "empty", cases: [] },
  ],
};

test("junit.xml", () => {
  const file = new URL("./testdata/junit.xml", import.meta.url);
  const text = junitReport(report);
  if (process.env["REWRITE"] === "1") writeFileSync(file, text);
  else expect(text).toBe(readFileSync(file, "utf8"));
});

test("no character is left that XML 1.0 cannot hold", () => {
  const everything = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  const one = {
    name: everything.join(" "),
    seconds: 0,
    message: "",
    details: everything.join(" "),
  };
  const xml = junitReport({ suites: [{ name: "s", cases: [{ ...one, outcome: "failed" }] }] });
  expect(xml).toMatch(/^[\n\t\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]*$/);
  expect(xml.match(/<testcase /g)).toHaveLength(1);
});
