/**
 * Contracts: defaults, what is refused, and how results are compared. To add a case to the table of
 * refusals: a broken definition and its message.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { type Contract, defineContract, isContract } from "./contract.ts";

const whole = {
  codec: {
    encodeReq: (request: number) => Uint8Array.of(request),
    decodeReq: (data: Uint8Array) => data[0] ?? null,
    decodeRes: (data: Uint8Array) => data[0] ?? null,
  },
  merge: (parts: readonly { readonly res: number }[]) =>
    parts.reduce((sum, { res }) => sum + res, 0),
  gen: { data: fc.constant([]), request: fc.constant(1) },
};

const part = (byte: number) => ({ ranges: [], data: Uint8Array.of(byte) });

test("a minimal contract has defaults", () => {
  const contract = defineContract(whole);
  expect(contract).toMatchObject({ kind: "read", knowsRefusals: false, ranges: null });
  expect(isContract(contract)).toBe(true);
  expect(isContract({ ...contract })).toBe(false);
  const merged = contract.merge([part(1), part(2)]);
  expect(merged?.text).toBe("3");
  expect(contract.isRequest(Uint8Array.of())).toBe(false);
  expect(contract.model(new Map(), Uint8Array.of(1), [])).toBeNull();
});

test("results are compared by the contract's own equal", () => {
  const compare = (contract: Contract, a: number, b: number): boolean | undefined => {
    const other = contract.merge([part(b)]);
    return other === null ? undefined : contract.merge([part(a)])?.equals(other);
  };
  expect(compare(defineContract(whole), 1, 1)).toBe(true);
  expect(compare(defineContract(whole), 1, 2)).toBe(false);
  const near = defineContract({ ...whole, equal: (a, b) => Math.abs(a - b) < 2 });
  expect(compare(near, 1, 2)).toBe(true);
  expect(compare(near, 1, 3)).toBe(false);
});

test("a decoder that throws refuses", () => {
  const decodeRes = (): number => {
    throw new RangeError("offset is out of bounds");
  };
  const contract = defineContract({ ...whole, codec: { ...whole.codec, decodeRes } });
  expect(contract.merge([part(1)])).toBeNull();
  expect(contract.answerKind(Uint8Array.of(1))).toBe("undecodable");
});

test("budgets become the plugin's limits", () => {
  const budgets = { ops: 7, resBytes: 10, memBytes: 65_537, cost: 1_000, readBytes: 99 };
  expect(defineContract({ ...whole, budgets }).limits).toMatchObject({
    storageCalls: 7,
    responseBytes: 10,
    memoryPages: 2,
    fuel: 1_000,
    scannedBytes: 99,
  });
});

const throwing = (): never => {
  throw new Error("no such part");
};

test.each<[name: string, act: () => unknown, message: RegExp]>([
  ["no codec", () => defineContract({ ...whole, codec: undefined as never }), /encodeReq/],
  ["no merge", () => defineContract({ ...whole, merge: null as never }), /merge/],
  ["no data", () => defineContract({ ...whole, gen: { request: fc.nat() } as never }), /gen\.data/],
  ["budget 0", () => defineContract({ ...whole, budgets: { ops: 0 } }), /budgets\.ops/],
  ["odd kind", () => defineContract({ ...whole, kind: "writes" as never }), /kind/],
  ["odd isolation", () => defineContract({ ...whole, isolation: "none" as never }), /isolation/],
  ["merge throws", () => defineContract({ ...whole, merge: throwing }).merge([part(1)]), /merge/],
])("refused: %s", (_, act, place) => {
  const error = (() => {
    try {
      act();
      return null;
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ code: "bad-contract", where: expect.stringMatching(place) });
});
