/** The two checksums of the same bytes. To add a case, add a length or an offset. */
import { expect, test } from "vitest";
import { checksum, viewChecksum } from "./checksum.ts";

const bytes = Uint8Array.from({ length: 64 }, (_, at) => (at * 89 + 131) & 0xff);
const view = new DataView(bytes.buffer);

test("a view's checksum is that of its bytes, at every length and offset", () => {
  for (let from = 0; from < 5; from++) {
    for (let to = from; to <= from + 40; to++) {
      expect(viewChecksum(view, from, to, to)).toBe(checksum(bytes, from, to, to));
    }
  }
});

test("it is on disk, and stays what it is", () => {
  expect([0, 3, 4, 7, 8, 29].map((to) => checksum(bytes, 0, to, 7))).toMatchInlineSnapshot(`
    [
      46261359,
      1027715552,
      3531013416,
      4281563490,
      4228784253,
      384373267,
    ]
  `);
});

test("each bit of each byte counts", () => {
  const good = checksum(bytes, 1, 30, 0);
  for (let bit = 8; bit < 240; bit++) {
    const damaged = new DataView(bytes.slice().buffer);
    damaged.setUint8(bit >> 3, damaged.getUint8(bit >> 3) ^ (1 << (bit & 7)));
    expect(viewChecksum(damaged, 1, 30, 0)).not.toBe(good);
  }
});
