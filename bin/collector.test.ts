/** What V8 is told, in a process of its own: what it does not know, it complains of on stderr. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { collectorFlag, hasCollectorFlag } from "./collector.ts";

const told = (flag: string): string => {
  const program = `require("node:v8").setFlagsFromString(${JSON.stringify(flag)})`;
  return spawnSync(process.execPath, ["--eval", program], { encoding: "utf8" }).stderr;
};

test.runIf(hasCollectorFlag)("V8 knows the flag", () => expect(told(collectorFlag)).toBe(""));

test("V8 would complain", () => expect(told("--no-such-flag")).toContain("unrecognized flag"));
