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
  for (const barred of barredNames()) {
    const { owner, name, called } = barred;
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    if (descriptor === undefined || descriptor.configurable !== true) continue;
    found.push([barred, descriptor]);
    Object.defineProperty(owner, name, {
      configurable: true,
      enumerable: descriptor.enumerable === true,
      ...(isNamespace.has(name)
        ? { get: () => fail(called) }
        : { writable: true, value: thrower(called) }),
    });
  }
  return found;
}

const isNamespace: ReadonlySet<string> = new Set(["performance", "crypto"]);

function fail(called: string): never {
  throw new DeterminismError(called);
}

/** A function that throws, also with `new`, and whose every property throws too. */
function thrower(called: string): object {
  const broken = function broken(): never {
    return fail(called);
  };
  return new Proxy(broken, {
    get: (_target, property) => fail(`${called}.${String(property)}`),
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
