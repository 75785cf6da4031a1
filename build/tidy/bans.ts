/**
 * What must not be written, where, and what to use in its place: names of the host's clock, chance
 * and timers in code that runs inside a simulation, and turns of TypeScript that the style forbids.
 */
import {
  child,
  children,
  isForTests,
  type Node,
  type Problem,
  type Source,
  walk,
} from "./source.ts";

/** Where a ban holds. */
type Where = "everywhere" | "outsideTests" | "simulated" | "synchronous" | "outsideBin";

type Ban = { readonly where: Where; readonly instead: string };

const ban = (where: Where, instead: string): Ban => ({ where, instead });

const clock = ban("simulated", "the machine's clock (sim/process.ts)");
const timer = ban("simulated", "the machine's timers (sim/process.ts)");
const chance = ban("simulated", "a stream of sim/random.ts");
const locale = ban("simulated", "sim/bytes.ts, or a comparison by code unit");
const inexact = ban("simulated", "integer tables: engines may round it differently");
const ambient = ban("simulated", "an argument: what a run reads stands in its plan");
const promise = ban("synchronous", "a task (sim/process.ts): a run is synchronous");
const collector = ban("simulated", "an owner that drops it: the collector has its own time");

/** Global names. */
const globals: ReadonlyMap<string, Ban> = new Map([
  ["Date", clock],
  ["performance", clock],
  ["setTimeout", timer],
  ["setInterval", timer],
  ["setImmediate", timer],
  ["queueMicrotask", timer],
  ["crypto", chance],
  ["Intl", locale],
  ["fetch", ambient],
  ["globalThis", ambient],
  ["WeakRef", collector],
  ["FinalizationRegistry", collector],
  ["Promise", promise],
  ["console", ban("outsideTests", "a screen (bin/screen.ts) or a returned text")],
]);

/** Members of global objects. */
const members: ReadonlyMap<string, Ban> = new Map([
  ["Math.random", chance],
  ...[
    ...["log", "log2", "log10", "log1p", "exp", "expm1", "pow", "cbrt", "hypot"],
    ...["sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh"],
    ...["asinh", "acosh", "atanh"],
  ].map((name) => [`Math.${name}`, inexact] as const),
  ["process.env", ban("outsideBin", "bin/environment.ts: what is read goes into the plan")],
  ["process.exit", ban("outsideBin", "a UserError, or an outcome that bin/ turns into a code")],
  ["process.argv", ban("outsideBin", "options of a command in bin/")],
  ["process.stdout", ban("outsideBin", "a returned text")],
  ["process.stderr", ban("outsideBin", "a returned text")],
  ["process.hrtime", clock],
  ["process.uptime", clock],
  ["process.cpuUsage", clock],
  ["process.memoryUsage", ambient],
  ["process.nextTick", timer],
  ["process.cwd", ambient],
  ["process.pid", ambient],
]);

/** Methods, whatever they are called on. */
const methods: ReadonlyMap<string, Ban> = new Map([
  ["localeCompare", locale],
  ["toLocaleString", locale],
  ["toLocaleLowerCase", locale],
  ["toLocaleUpperCase", locale],
]);

/** Syntax, by the type of the tree's node. */
const syntax: ReadonlyMap<string, Ban & { readonly name: string }> = new Map([
  ["TSEnumDeclaration", { name: "enum", ...ban("everywhere", "a union of literals") }],
  ["TSModuleDeclaration", { name: "namespace", ...ban("everywhere", "a file") }],
  ["TSAnyKeyword", { name: "any", ...ban("everywhere", "unknown, and a check") }],
  ["TSParameterProperty", { name: "parameter property", ...ban("everywhere", "a #private field") }],
  ["Decorator", { name: "decorator", ...ban("everywhere", "a call") }],
  ["ExportDefaultDeclaration", { name: "export default", ...ban("everywhere", "a named export") }],
  ["DebuggerStatement", { name: "debugger", ...ban("everywhere", "a test") }],
  ["AwaitExpression", { name: "await", ...promise }],
]);

/** Words that promise work instead of doing it. Matched in comments and strings, too. */
const words = /\b(?:TO{1}DO|FIX{1}ME|HA{1}CK)\b/g;
/** Comments that switch the compiler off. */
const switches = /@ts-(?:igno{1}re|noche{1}ck)\b/g;

/** The banned things in one file. */
export function banProblems(source: Source): readonly Problem[] {
  const { file, text, lineOf } = source;
  const problems: Problem[] = [];
  const report = (name: string, { where, instead }: Ban, offset: number): void => {
    if (!holds(where, file)) return;
    problems.push({ file, line: lineOf(offset), rule: name, text: `${name}: use ${instead}` });
  };
  walk(source.program, (node, ancestors) => {
    for (const [name, one] of bansOf(node, ancestors)) report(name, one, node.start);
  });
  for (const { 0: word, index } of text.matchAll(words)) {
    report(word, ban("everywhere", "an issue, or do it"), index);
  }
  for (const { 0: word, index } of text.matchAll(switches)) {
    report(word, ban("everywhere", "types that fit"), index);
  }
  return problems;
}

function holds(where: Where, file: string): boolean {
  const simulated = /^(?:sim|failpoints|plugins|nodes|scenarios)\//.test(file);
  switch (where) {
    case "everywhere":
      return true;
    case "outsideTests":
      return !isForTests(file);
    case "simulated":
      return simulated && !isForTests(file);
    case "synchronous":
      return /^(?:sim|failpoints|nodes|scenarios\/judges)\//.test(file) && !isForTests(file);
    case "outsideBin":
      return !/^(?:bin|build)\//.test(file) && !isForTests(file);
  }
}

type Found = readonly [name: string, ban: Ban];

function bansOf(node: Node, ancestors: readonly Node[]): readonly Found[] {
  const known = syntax.get(node.type);
  if (known !== undefined) return [[known.name, known]];
  const found: (Found | null)[] = [];
  if (node.type === "Identifier") found.push(globalBan(node, ancestors));
  if (node.type === "MemberExpression") found.push(memberBan(node));
  if (node.type === "CallExpression") found.push(sortBan(node));
  if (node.type === "TSAsExpression") found.push(doubleCastBan(node));
  if (node.type === "BinaryExpression") found.push(powerBan(node));
  if (node.type === "NewExpression") found.push(plainErrorBan(node, ancestors));
  if (node.type === "PropertyDefinition" || node.type === "AssignmentExpression") {
    found.push(assignedFunctionBan(node));
  }
  if (node.type === "TryStatement" || node.type === "VariableDeclaration") {
    found.push(unwindingBan(node, ancestors));
  }
  if (node["async"] === true) found.push(["async", promise]);
  return found.filter((one) => one !== null);
}

/** A name that means the global: not a property, a key, or the name of something declared here. */
function globalBan(node: Node, ancestors: readonly Node[]): Found | null {
  const name = node["name"];
  const one = typeof name === "string" ? globals.get(name) : undefined;
  if (typeof name !== "string" || one === undefined) return null;
  const parent = ancestors.at(-1);
  if (parent?.type === "MemberExpression" && parent["computed"] !== true) {
    if (child(parent, "property") === node) return null;
  }
  // The key of `{ Date }` is passed over, too: its value is a node of its own.
  const keyed = /^(?:Property|MethodDefinition|PropertyDefinition|TS(?:Property|Method)Signature)$/;
  if (parent !== undefined && keyed.test(parent.type) && child(parent, "key") === node) {
    if (parent["computed"] !== true) return null;
  }
  return [name, one];
}

function memberBan(node: Node): Found | null {
  const property = child(node, "property");
  const name = node["computed"] === true ? property?.["value"] : property?.["name"];
  if (typeof name !== "string") return null;
  const method = methods.get(name);
  if (method !== undefined) return [name, method];
  const whole = `${String(child(node, "object")?.["name"])}.${name}`;
  const member = members.get(whole);
  return member === undefined ? null : [whole, member];
}

const comparator = ban("outsideTests", "an explicit comparator: the default puts 10 before 2");

function sortBan(node: Node): Found | null {
  const property = child(child(node, "callee") ?? node, "property");
  const name = property?.["name"];
  if (property?.type !== "Identifier" || (name !== "sort" && name !== "toSorted")) return null;
  if (/^(?:Int|Uint|Float|Big)\w+Array$/.test(rootName(node))) return null;
  return children(node, "arguments").length > 0 ? null : [`${name}()`, comparator];
}

/** The name that a chain of calls and members begins with. Typed arrays sort by number. */
function rootName(node: Node): string {
  const inner = child(node, "callee") ?? child(node, "object");
  return inner === null ? String(node["name"]) : rootName(inner);
}

function doubleCastBan(node: Node): Found | null {
  const inner = child(node, "expression");
  if (inner?.type !== "TSAsExpression") return null;
  if (child(inner, "typeAnnotation")?.type !== "TSUnknownKeyword") return null;
  return ["as unknown as", ban("everywhere", "a check that narrows")];
}

/** Powers of two are exact, and so are constants; anything else is Math.pow by another name. */
function powerBan(node: Node): Found | null {
  if (node["operator"] !== "**") return null;
  const [base, exponent] = [child(node, "left"), child(node, "right")];
  const constant = base?.type === "Literal" && exponent?.type === "Literal";
  return constant || base?.["value"] === 2 ? null : ["**", inexact];
}

/** Errors have a meaning: a broken invariant, or a person's mistake. */
function plainErrorBan(node: Node, ancestors: readonly Node[]): Found | null {
  if (ancestors.at(-1)?.type !== "ThrowStatement") return null;
  if (child(node, "callee")?.["name"] !== "Error") return null;
  return [
    "throw new Error",
    ban("outsideTests", "assert (sim/assert.ts) or UserError (sim/errors.ts)"),
  ];
}

const bound = ban("simulated", "a bound method, or a constant (V8 lets a literal get old)");

/**
 * A function that is written where a property is assigned. V8 takes it for a prototype's method and
 * puts it among the old objects, where it keeps what it refers to, as a rule the whole world, until
 * the next full collection. Fields are assigned, too, in what is built (`plain-names.js`).
 */
function assignedFunctionBan(node: Node): Found | null {
  const isField = node.type === "PropertyDefinition";
  if (isField ? node["static"] === true : child(node, "left")?.type !== "MemberExpression") {
    return null;
  }
  const value = child(node, isField ? "value" : "right");
  const isFunction = value !== null && /^(?:ArrowFunction|Function)Expression$/.test(value.type);
  return isFunction ? ["assigned function", bound] : null;
}

/** A crash drops a task without resuming it, so nothing in a task may count on being unwound. */
function unwindingBan(node: Node, ancestors: readonly Node[]): Found | null {
  const unwinds =
    node.type === "TryStatement"
      ? child(node, "finalizer") !== null
      : String(node["kind"]).endsWith("using");
  if (!unwinds) return null;
  const within = ancestors.findLast(({ type }) => /Function/.test(type));
  if (within?.["generator"] !== true) return null;
  return ["finally", ban("simulated", "the kernel's tables: a task is never unwound")];
}
