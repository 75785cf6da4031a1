/**
 * What a text was parsed to, kept for the next who asks: the stores of all runs of a process read
 * the same few versions and requirements again and again.
 */

/** Texts that are kept; then all are forgotten. */
const textsMax = 1_000;

/** The same function, which remembers. `parse` depends on its text alone. */
export function knownTexts<Parsed extends object>(
  parse: (text: string) => Parsed,
): (text: string) => Parsed {
  const known = new Map<string, Parsed>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const parsed = parse(text);
    if (known.size === textsMax) known.clear();
    known.set(text, parsed);
    return parsed;
  };
}
