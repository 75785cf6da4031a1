/** Tests of the JSON envelope. To add a kind of value, add a field to the body and its JSON. */
import { expect, test } from "vitest";
import { jsonReport } from "./json.ts";

test("the envelope comes first, the body after it, special values as documented", () => {
  const body = {
    totals: { seeds: 3, events: 2n ** 60n },
    bytes: new Uint8Array([0, 255]),
    byKey: new Map([["a", 1]]),
    names: new Set(["x"]),
    rate: Number.NaN,
  };
  const head = { command: "run", toolVersion: "0.1.0", outcome: "fail", exitCode: 1 } as const;
  expect(jsonReport(head, body)).toBe(`{
  "schema": 1,
  "tool": {
    "name": "coprsim",
    "version": "0.1.0"
  },
  "command": "run",
  "outcome": "fail",
  "exitCode": 1,
  "totals": {
    "seeds": 3,
    "events": "1152921504606846976"
  },
  "bytes": "00ff",
  "byKey": [
    [
      "a",
      1
    ]
  ],
  "names": [
    "x"
  ],
  "rate": null
}
`);
});

test("a Buffer is bytes, too", () => {
  const head = { command: "check", toolVersion: "1", outcome: "pass", exitCode: 0 } as const;
  const text = jsonReport(head, { bytes: Buffer.from([1, 2]) });
  expect(JSON.parse(text)).toMatchObject({ bytes: "0102" });
});
