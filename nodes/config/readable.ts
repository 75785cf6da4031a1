/**
 * Durations and sizes as tikv.toml writes them: `1s500ms`, `10m`, `8MB`. Source: TiKV
 * components/tikv_util/src/config.rs (ReadableDuration, ReadableSize).
 */

/** From the largest to the smallest: a duration names them in this order. */
const durationUnits = [
  ["d", 86_400_000_000],
  ["h", 3_600_000_000],
  ["m", 60_000_000],
  ["s", 1_000_000],
  ["ms", 1_000],
  ["us", 1],
] as const;

/** Microseconds, or null where the text is no duration. */
export function readDurationUs(text: string): number | null {
  let us = 0;
  let rest = text.trim();
  if (rest === "") return null;
  for (const [unit, unitUs] of durationUnits) {
    // "5ms" is no five minutes followed by an s.
    const match = /^(\d{1,12}(?:\.\d{1,6})?)([a-z]+)/.exec(rest);
    if (match?.[2] !== unit) continue;
    us += Number(match[1]) * unitUs;
    rest = rest.slice(match[0].length);
  }
  return rest === "" && Number.isSafeInteger(Math.round(us)) ? Math.round(us) : null;
}

/** Both spellings of a unit count in powers of 1,024, as in TiKV. */
const sizeUnits: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", 2 ** 10],
  ["m", 2 ** 20],
  ["g", 2 ** 30],
  ["t", 2 ** 40],
]);

/** Bytes, or null where the text is no size. */
export function readSizeBytes(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = (match?.[2] ?? "").toLowerCase().replace(/^([kmgt])i?b$/, "$1");
  const factor = sizeUnits.get(unit);
  if (match === null || factor === undefined) return null;
  return Math.floor(Number(match[1]) * factor);
}

/** The shortest text of a duration. */
export function formatDuration(us: number): string {
  if (us === 0) return "0s";
  let text = "";
  let rest = us;
  for (const [unit, unitUs] of durationUnits) {
    const count = Math.floor(rest / unitUs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitUs;
  }
  return text;
}

/** The shortest text of a size. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ["GB", 2 ** 30],
    ["MB", 2 ** 20],
    ["KB", 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}
