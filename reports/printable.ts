/** Text from outside (file names, histories, a plugin's messages) made safe to print. */

/**
 * Text for one line of a terminal: what could move the cursor, change colours or turn the direction
 * of writing is spelt out, as `\\n`, `\\t`, `\\xNN` or `\\u{N}`.
 */
export function printable(text: string): string {
  const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
  return text.replace(unsafe, (character) => {
    if (character === "\n") return "\\n";
    return character === "\t" ? "\\t" : spelt(character);
  });
}

/** A character by its code: `\\xNN` below 256, else `\\u{N}`. */
export function spelt(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}
