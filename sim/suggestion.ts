/** Which known names a mistyped one may have meant. */

/** At most three of `names`, the likeliest first; ties keep the order of `names`. */
export function suggest(wrong: string, names: readonly string[]): readonly string[] {
  const folded = fold(wrong);
  if (folded === "" || folded.length > 100) return []; // No name is that long, and edits cost time.
  const scored = names.map((name) => ({ name, score: score(folded, fold(name)) }));
  const likely = scored.filter(({ score }) => score <= Math.max(2, folded.length / 3));
  return likely
    .sort((a, b) => a.score - b.score) // Stable, so ties keep their order.
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Case, hyphens and spaces are what people mix up most. */
function fold(text: string): string {
  return text.trim().toLowerCase().replaceAll(/[- ]/g, "_");
}

function score(wrong: string, name: string): number {
  // A part of a name, or a name with more around it, is a good guess from four characters on.
  const shorter = Math.min(wrong.length, name.length);
  if (shorter >= 4 && (name.includes(wrong) || wrong.includes(name))) return 1;
  return edits(wrong, name);
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function edits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = previous[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[to.length]!;
}
