/**
 * Plans as people write them and files carry them: JSON, validated. Every refusal says the place
 * inside, what was found and what is expected. First the shape, then what the shape cannot say
 * (`plan-rules.ts`).
 */
import { z } from "zod";
import { UserError } from "../sim/errors.ts";
import { type Plan, planSchema } from "./plan.ts";
import { planProblem } from "./plan-rules.ts";
import { mistakeOf } from "./schema-mistake.ts";

const isLatin1 = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
};
const textOf = (what: string) =>
  z.string().refine(isLatin1, `${what} of latin1 characters, one a byte`);
const key = textOf("a key: text");
const value = textOf("a value: text");
const count = (min: number, max: number) =>
  z.int().min(min).max(max, `expected a whole number from ${min} to ${max}`);
const id = z.int().min(1);
const us = z.int().min(0);
const perMille = count(0, 1_000);

const range = z.strictObject({ start: key, end: key });
const request = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("get"), key }),
  z.strictObject({ kind: z.literal("batchGet"), keys: z.array(key) }),
  z.strictObject({
    kind: z.literal("scan"),
    start: key,
    end: key,
    limit: z.int().min(0),
    reverse: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("put"), key, value }),
  z.strictObject({ kind: z.literal("batchPut"), pairs: z.array(z.tuple([key, value])) }),
  z.strictObject({ kind: z.literal("delete"), key }),
  z.strictObject({ kind: z.literal("batchDelete"), keys: z.array(key) }),
  z.strictObject({ kind: z.literal("deleteRange"), start: key, end: key }),
  z.strictObject({
    kind: z.literal("compareAndSwap"),
    key,
    previous: value.nullable(),
    value,
  }),
  z.strictObject({
    kind: z.literal("coprocessor"),
    name: z.string(),
    versionReq: z.string(),
    ranges: z.array(range),
    data: textOf("bytes: text"),
    once: z.boolean().optional(),
  }),
]);

const operation = z.strictObject({ id, atUs: us, client: z.int().min(0), request });

const scope = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("stores") }),
  z.strictObject({ kind: z.literal("clients") }),
  z.strictObject({ kind: z.literal("peers"), store: z.int().min(0) }),
  z.strictObject({ kind: z.literal("store"), store: z.int().min(0) }),
  z.strictObject({ kind: z.literal("link"), from: id, to: id }),
]);

const bare = <Kind extends string>(kind: Kind) => z.strictObject({ kind: z.literal(kind) });
const scoped = <Kind extends string>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), scope });
const lossy = <Kind extends string>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), scope, perMille });
const slowed = { minUs: us, maxUs: us };

const breakage = z.discriminatedUnion("kind", [
  bare("crash"),
  bare("powerLoss"),
  bare("pause"),
  z.strictObject({ kind: z.literal("slow"), factor: z.number().min(1).max(1_000) }),
  bare("isolate"),
  z.strictObject({
    kind: z.literal("partition"),
    side: z.array(z.int().min(0)).min(1),
    oneWay: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("bridge"), bridge: id }),
  bare("majorityRing"),
  lossy("drop"),
  lossy("duplicate"),
  lossy("reorder"),
  z.strictObject({ kind: z.literal("delay"), scope, ...slowed }),
  z.strictObject({ kind: z.literal("capacity"), scope, messages: z.int().min(0) }),
  lossy("corrupt"),
  scoped("clog"),
  scoped("hold"),
  scoped("refuse"),
  scoped("hang"),
  z.strictObject({ kind: z.literal("diskSlow"), ...slowed }),
  bare("diskStall"),
  z.strictObject({ kind: z.literal("diskError"), operation: z.enum(["write", "sync", "read"]) }),
  bare("diskFull"),
  z.strictObject({ kind: z.literal("bitRot"), perMille }),
  bare("misdirectedWrite"),
  z.strictObject({ kind: z.literal("clockOffset"), us: z.int() }),
  z.strictObject({ kind: z.literal("clockJump"), us: z.int() }),
  bare("clockFreeze"),
  z.strictObject({ kind: z.literal("clockDrift"), ppm: count(-900_000, 10_000_000) }),
  z.strictObject({ kind: z.literal("monotonicDrift"), ppm: count(-900_000, 10_000_000) }),
  z.strictObject({ kind: z.literal("transferLeader"), region: id, to: id }),
  z.strictObject({ kind: z.literal("split"), key }),
]);

const trigger = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("at"), us }),
  z.strictObject({
    kind: z.literal("moment"),
    moment: z.string(),
    store: z.int().min(0),
    occurrence: id,
    fromUs: us,
  }),
]);

const fault = z.strictObject({ id, trigger, store: z.int().min(0), forUs: us, breakage });

const file = z.string().min(1);
const written = {
  file,
  artefact: z.string().min(1),
  forUs: us,
  chunks: count(1, 1_000),
  perMille,
};
const directoryOperation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("copy"), ...written }),
  z.strictObject({ kind: z.literal("overwrite"), ...written }),
  z.strictObject({ kind: z.literal("rename"), from: file, to: file }),
  z.strictObject({ kind: z.literal("moveIn"), file, artefact: z.string().min(1) }),
  z.strictObject({ kind: z.literal("moveOut"), file }),
  z.strictObject({ kind: z.literal("delete"), file }),
  z.strictObject({ kind: z.literal("truncate"), file }),
  z.strictObject({ kind: z.literal("chmod"), file }),
  bare("sync"),
  bare("overflow"),
]);

const plan = z.strictObject({
  schema: z.literal(planSchema),
  scenario: z.string().min(1),
  fidelity: z.enum(["tikv", "contract"]),
  timing: z.enum(["fast", "tikv"]),
  schedule: z.discriminatedUnion("kind", [
    bare("fifo"),
    bare("random"),
    z.strictObject({ kind: z.literal("pct"), changes: count(0, 1_000) }),
  ]),
  unrestricted: z.boolean(),
  encodesMessages: z.boolean(),
  clientsCheckVersions: z.boolean().default(false),
  paired: z.boolean().default(false),
  stores: count(1, 100),
  cuts: z.array(key).max(10_000),
  zones: z.array(z.string().min(1)),
  clients: count(1, 1_000),
  breakUs: z.int().min(1),
  healUs: z.int().min(1),
  plugins: z.array(
    z.strictObject({
      file: z.string().min(1),
      artefact: z.string().min(1),
      stores: z.array(id),
    }),
  ),
  pluginFiles: z
    .array(z.strictObject({ id, trigger, store: z.int().min(0), operation: directoryOperation }))
    .max(100_000)
    .default([]),
  operations: z.array(operation).max(1_000_000),
  faults: z.array(fault).max(100_000),
  failpoints: z.array(
    z.strictObject({ name: z.string().min(1), actions: z.string(), store: z.int().min(0) }),
  ),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
});

/** The plan in a parsed JSON value. `where` is its file. Throws `UserError` "bad-plan". */
export function parsePlan(found: unknown, where: string): Plan {
  const parsed = plan.safeParse(found);
  if (!parsed.success) {
    const mistake = mistakeOf(parsed.error, found);
    const place = mistake.place === "" ? "the whole plan" : mistake.place;
    throw refusal(`${where}: ${place}`, `found ${mistake.found}`, mistake.expected);
  }
  const problem = planProblem(parsed.data);
  if (problem === null) return parsed.data;
  throw refusal(`${where}: ${problem.path}`, `found ${problem.found}`, problem.expected);
}

/** The plan in a file's text. Throws `UserError` "bad-plan". */
export function parsePlanText(text: string, where: string): Plan {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw refusal(where, `this is no JSON: ${detail}`, "a plan as JSON");
  }
  return parsePlan(found, where);
}

function refusal(where: string, found: string, expected: string): UserError {
  const hint = `expected ${expected}`;
  return new UserError(`the plan does not hold: ${found}`, { code: "bad-plan", where, hint });
}
