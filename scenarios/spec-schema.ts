/**
 * Specs as users write them in scenario files: they are run without a check of types, so what does
 * not hold is said here and not by the generator.
 */
import { z } from "zod";
import { mistakeOf, type SchemaMistake } from "./schema-mistake.ts";
import { directoryStories, faultFamilies, operationKinds, type Spec } from "./spec.ts";

const rangeFrom = (least: number) =>
  z
    .strictObject({ min: z.int().min(least), max: z.int() })
    .refine(({ min, max }) => min <= max, "a min that is not above its max");
const us = z.int().min(0);
const weight = z.number().min(0);

const mix = z
  .partialRecord(z.enum(operationKinds), weight)
  .refine((weights) => Object.values(weights).some((one) => one > 0), "a weight above 0");

const call = z.strictObject({
  weight,
  names: z.array(z.string()).min(1),
  requirements: z.array(z.string()).min(1),
  span: rangeFrom(1),
  ownKeys: z.boolean(),
  breakOnly: z.boolean(),
  spacingUs: us,
  contractSpacingUs: us.optional(),
  data: z.custom((found) => typeof found === "function", "a function that returns the request"),
});

const placement = z.strictObject({
  file: z.string().min(1),
  artefacts: z.array(z.string().min(1)).min(1),
  stores: z.enum(["every", "some"]),
});

const directories = z.strictObject({
  stories: z.array(z.enum(directoryStories)).min(1),
  count: rangeFrom(0),
  artefacts: z.array(z.string().min(1)).min(1),
  outages: rangeFrom(0),
  rollingRestart: z.boolean(),
});

/** How long a break phase must be for stories of directories. */
const storiesUs = 12_000_000;

const spec = z
  .strictObject({
    stores: z.array(z.int().min(1)).min(1),
    regions: rangeFrom(1),
    clients: rangeFrom(1),
    keys: rangeFrom(1),
    valueBytes: rangeFrom(0),
    operationsPerSecond: rangeFrom(1),
    mix,
    calls: z.array(call),
    healedCallsOneIn: z.int().min(1),
    plugins: z.array(placement),
    directories: directories.nullable(),
    clientsCheckVersions: z.boolean(),
    paired: z.boolean(),
    faults: z.partialRecord(z.enum(faultFamilies), rangeFrom(0)),
    breakUs: us,
    healUs: us,
    firstUs: us,
    quietUs: us,
    finalReads: z.boolean(),
    unrestricted: z.boolean(),
  })
  .refine(({ mix, calls }) => (mix.coprocessor ?? 0) === 0 || calls.length > 0, {
    path: ["calls"],
    message: "calls, because the mix has coprocessor calls",
  })
  .refine(({ directories, breakUs }) => directories === null || breakUs >= storiesUs, {
    path: ["breakUs"],
    message: `${storiesUs} at least, because things happen to plugin directories`,
  });

/** What does not hold in a spec; null if all does. */
export function specMistake(found: Omit<Spec, "scenario">): SchemaMistake | null {
  const parsed = spec.safeParse(found);
  return parsed.success ? null : mistakeOf(parsed.error, found);
}
