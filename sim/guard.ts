/**
 * The determinism guard: around a run, whatever would make it depend on more than its seed throws
 * when it is touched. Promises and microtasks are not barred here: nothing of a run can wait for
 * them, because a run is one synchronous call.
 */

/** Something inside a run reached for the clock, chance or scheduler of the host. */
export class DeterminismError extends Error {
  override readonly name = "DeterminismError";
  /** What was called, for example `Math.random`. */
  readonly called: string;

  constructor(called: string) {
    super(`${called} was called inside a simulation`);
    this.called = called;
  }
}

type Barred = { readonly owner: object; readonly name: string; readonly called: string };

/** Guards nest (a plugin's host may run a world of its own): the outermost one restores. */
let depth = 0;
let saved: readonly (readonly [Barred, PropertyDescriptor])[] = [];

/** Runs `body` with the barred globals throwing. Restores them whatever happens. */
export function guarded<Result>(body: () => Result): Result {
  if (depth === 0) saved = bar();
  depth += 1;
  try {
    return body();
  } finally {
    depth -= 1;
    if (depth === 0) {
      for (const [{ owner, name }, descriptor] of saved) {
        Object.defineProperty(owner, name, descriptor);
      }
    }
  }
}

/** Runs `body`, inside a guarded run, with the host's own globals: for what is not simulated. */
export function unguarded<Result>(body: () => Result): Result {
  if (depth === 0) return body();
  const outer = depth;
  for (const [{ owner, name }, descriptor] of saved) Object.defineProperty(owner, name, descriptor);
  depth = 0;
  try {
    return body();
  } finally {
    saved = bar();
    depth = outer;
  }
}

function bar(): readonly (readonly [Barred, PropertyDescriptor])[] {
  const found: [Barred, PropertyDescriptor][] = [];
  // The list is made once: a run in short steps bars and restores at each of them.
  bars ??= barredNames().map((barred) => [barred, broken(barred)]);
  for (const [barred, replacement] of bars) {
    const descriptor = Object.getOwnPropertyDescriptor(barred.owner, barred.name);
    if (descriptor === undefined || descriptor.configurable !== true) continue;
    found.push([barred, descriptor]);
    Object.defineProperty(barred.owner, barred.name, replacement);
  }
  return found;
}

let bars: readonly (readonly [Barred, PropertyDescriptor])[] | null = null;

/**
 * What stands in for a barred global: a namespace throws when it is read, a function when called.
 */
function broken({ owner, name, called }: Barred): PropertyDescriptor {
  const original = Object.getOwnPropertyDescriptor(owner, name);
  const enumerable = original?.enumerable === true;
  const isNamespace = name === "performance" || name === "crypto";
  if (isNamespace) return { configurable: true, enumerable, get: () => fail(called) };
  return {
    configurable: true,
    enumerable,
    writable: true,
    value: thrower(called, original?.value),
  };
}

function fail(called: string): never {
  throw new DeterminismError(called);
}

/**
 * A function that throws when it is called, also with `new`, and whose properties throw too. Only
 * `instanceof` still works: what something is depends on nothing outside of the run.
 */
function thrower(called: string, original: unknown): object {
  return new Proxy(Object(original) as object, {
    apply: () => fail(called),
    construct: () => fail(called),
    get: (target, property) => {
      const isHarmless = property === "prototype" || property === Symbol.hasInstance;
      return isHarmless ? Reflect.get(target, property) : fail(`${called}.${String(property)}`);
    },
  });
}

function barredNames(): readonly Barred[] {
  const globals = [
    "Date",
    "performance",
    "crypto",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "fetch",
    "WeakRef",
    "FinalizationRegistry",
    "Intl",
  ];
  const inexact = ["sin", "cos", "tan", "exp", "expm1", "log", "log2", "log10", "log1p", "pow"];
  return [
    ...globals.map((name) => ({ owner: globalThis, name, called: name })),
    // A `Date` that was kept before the run began still has these.
    ...["now", "parse"].map((name) => ({ owner: Date, name, called: `Date.${name}` })),
    ...["random", ...inexact].map((name) => ({ owner: Math, name, called: `Math.${name}` })),
    ...["hrtime", "uptime", "cpuUsage", "memoryUsage"].map((name) => ({
      owner: process,
      name,
      called: `process.${name}`,
    })),
    { owner: String.prototype, name: "localeCompare", called: "String.localeCompare" },
  ];
}
