/** How what happens in a run reaches those who watch it: each hears the kinds that it names. */

/** Looks at events, in order, and never touches the run. */
export interface Watcher {
  /** The kinds that it wants. */
  readonly kinds: readonly number[];
  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void;
}

/** The watchers of each kind, by its number, in their order; empty where nobody wants it. */
export function byKind(watchers: readonly Watcher[]): readonly (readonly Watcher[])[] {
  const wanting: Watcher[][] = [];
  for (const watcher of watchers) {
    for (const kind of watcher.kinds) {
      while (wanting.length <= kind) wanting.push([]);
      wanting[kind]?.push(watcher);
    }
  }
  return wanting;
}
