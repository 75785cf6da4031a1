/** The fields of a repro file: bytes in hexadecimal, keys as latin1 text, disturbances. */
import { z } from "zod";
import { cutModes, type Disturbance, directoryStories, regionEvents } from "./disturbance.ts";

/** Bytes as lower-case hexadecimal. */
export const bytesField: z.ZodType<Uint8Array> = z
  .string()
  .regex(/^(?:[0-9a-f]{2})*$/, "expected bytes in lower-case hexadecimal")
  .transform((text) => new Uint8Array(Buffer.from(text, "hex")));

/** A key: one character a byte. */
export const keyField: z.ZodType<string> = z
  .string()
  .refine((text) => /^[\0-\xff]*$/.test(text), "expected latin1 text");

/** `[start, end)`. */
export const rangeField: z.ZodType<{ start: string; end: string }> = z.strictObject({
  start: keyField,
  end: keyField,
});

const count = z.int().min(0);

const rival = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("request"),
    ranges: z.array(rangeField),
    request: bytesField,
  }),
  z.strictObject({ kind: z.literal("put"), key: keyField, value: bytesField }),
]);

const order = z.string().regex(/^[ab]*$/, "expected the letters a and b");

/** What happens beside the request. */
export const disturbanceField: z.ZodType<Disturbance> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("cut"), writes: count, mode: z.enum([...cutModes]) }),
  z.strictObject({ kind: z.literal("duplicate"), calls: count }),
  z.strictObject({
    kind: z.literal("commit"),
    afterCall: count,
    writes: z.array(z.strictObject({ key: keyField, value: bytesField.nullable() })),
  }),
  z.strictObject({ kind: z.literal("interleaving"), rival, order }),
  z.strictObject({ kind: z.literal("reload"), rival, order }),
  z.strictObject({ kind: z.literal("directory"), story: z.enum([...directoryStories]) }),
  z.strictObject({ kind: z.literal("staleLeader"), rival }),
  z.strictObject({
    kind: z.literal("regionEvent"),
    event: z.enum([...regionEvents]),
    key: keyField,
    afterCall: count,
  }),
  z.strictObject({ kind: z.literal("load"), concurrent: z.int().min(1) }),
]);
