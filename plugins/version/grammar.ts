/**
 * The grammar of version requirements in semver-parser 0.10.2 (src/semver.pest), which is a parsing
 * expression grammar: the first alternative that fits is final. From it come the odd refusals, such
 * as a comma without a space, a space before the comma, and `1.2.3-1a`.
 *
 *   set     = space* range (space* "||" space* range)* space*
 *   range   = partial space+ "-" space+ partial  |  simple (","? space+ simple)*  |  nothing
 *   simple  = ("<=" | ">=" | ">" | "<" | "=" | "~>" | "~" | "^")? partial, space* after an operator
 *   partial = xr ("." xr ("." xr (("-" | "+") tag)?)?)?      xr = "x" | "X" | "*" | number
 */

/** A version with parts missing: up to three digit strings or wildcards, and the tag's text. */
export type Partial = { readonly parts: readonly string[]; readonly tag: string | null };

/** The operator as written; "" is none. */
export type SimpleOp = "" | "<=" | ">=" | ">" | "<" | "=" | "~>" | "~" | "^";

export type ParsedRange =
  | { readonly kind: "hyphen"; readonly low: Partial; readonly high: Partial }
  | { readonly kind: "simples"; readonly simples: readonly Simple[] }
  | { readonly kind: "empty" };

export type Simple = { readonly op: SimpleOp; readonly partial: Partial };

/** The ranges of a requirement, or null where the text does not fit the grammar. */
export function parseRanges(text: string): readonly ParsedRange[] | null {
  const input = new Input(text);
  input.take(/[ \t]*/y);
  const ranges = [range(input)];
  while (input.take(/[ \t]*\|\|[ \t]*/y) !== null) ranges.push(range(input));
  input.take(/[ \t]*/y);
  return input.isAtEnd() ? ranges : null;
}

class Input {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes back to a place it was at: what was tried from there did not fit. */
  rewind(at: number): void {
    this.#at = at;
  }

  /** Takes what a sticky expression matches here, or null and nothing. */
  take(expression: RegExp): string | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found ?? null;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }
}

function range(input: Input): ParsedRange {
  const start = input.at;
  const low = partial(input);
  if (low !== null && input.take(/[ \t]+-[ \t]+/y) !== null) {
    const high = partial(input);
    if (high !== null) return { kind: "hyphen", low, high };
  }
  input.rewind(start);
  const first = simple(input);
  if (first === null) return { kind: "empty" };
  const simples = [first];
  for (;;) {
    const before = input.at;
    const next = input.take(/,?[ \t]+/y) === null ? null : simple(input);
    if (next === null) {
      input.rewind(before);
      return { kind: "simples", simples };
    }
    simples.push(next);
  }
}

function simple(input: Input): Simple | null {
  const start = input.at;
  const op = (input.take(/<=|>=|>|<|=|~>|~|\^/y) ?? "") as SimpleOp; // The expression's own words.
  if (op !== "") input.take(/[ \t]*/y);
  const found = partial(input);
  if (found === null) input.rewind(start);
  return found === null ? null : { op, partial: found };
}

function partial(input: Input): Partial | null {
  const first = input.take(/[xX*]|0|[1-9][0-9]*/y);
  if (first === null) return null;
  const parts = [first];
  while (parts.length < 3) {
    const next = input.take(/\.(?:[xX*]|0|[1-9][0-9]*)/y);
    if (next === null) return { parts, tag: null };
    parts.push(next.slice(1));
  }
  return { parts, tag: tag(input) };
}

/** A part that begins like a number ends with the number: `1a` leaves its `a` behind. */
function tag(input: Input): string | null {
  const found = input.take(
    /[-+](?:0|[1-9][0-9]*|[-0-9A-Za-z]+)(?:\.(?:0|[1-9][0-9]*|[-0-9A-Za-z]+))*/y,
  );
  return found === null ? null : found.slice(1);
}
