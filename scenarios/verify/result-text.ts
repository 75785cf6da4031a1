/** Results of a plugin as text for people, where its contract has no words of its own. */
import { hex } from "../../sim/bytes.ts";

/** JSON with bytes in hexadecimal, big integers in decimals, maps and sets as lists. */
export function resultText(result: unknown): string {
  const text = JSON.stringify(result, (_, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (value instanceof Uint8Array) return hex(value);
    if (value instanceof Map || value instanceof Set) return [...value];
    return value;
  });
  return text ?? String(result);
}
