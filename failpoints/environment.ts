/**
 * Failpoints as people write them: `name=actions;...`, in FAILPOINTS, after --failpoint and in
 * plans. `parseEnvironment` is what fail-rs does with the variable; `readFailpoints` is what we do,
 * which refuses what fail-rs would silently ignore or only panic on when the point is reached.
 */
import { UserError } from "../sim/errors.ts";
import { suggest } from "../sim/suggestion.ts";
import { type Action, cut, parseActions } from "./grammar.ts";
import type { FailpointCatalogue, PointInfo } from "./points.ts";
import { debugString, trimText } from "./rust.ts";

/** One point and its actions, as written. */
export type FailpointSetting = { readonly name: string; readonly actions: string };

/** The registry after fail-rs's set-up, sorted by name, or the text of its panic. */
export type ParsedEnvironment =
  | { readonly kind: "ok"; readonly settings: readonly FailpointSetting[] }
  | { readonly kind: "panic"; readonly text: string };

/**
 * `FailScenario::setup` of fail-rs 0.5.1; null is an unset variable. Any name is accepted, spaces
 * before `=` are part of it, and the last setting of a name wins. Never throws.
 */
export function parseEnvironment(value: string | null): ParsedEnvironment {
  const found = new Map<string, string>();
  for (const part of splitParts(value ?? "")) {
    const [name, actions] = cut(part, "=");
    if (actions === null) {
      return { kind: "panic", text: `invalid failpoint: ${debugString(part)}` };
    }
    const parsed = parseActions(actions);
    if (parsed.kind === "error") {
      const text = `unable to configure failpoint "${name}": ${parsed.text}`;
      return { kind: "panic", text };
    }
    found.set(name, actions);
  }
  const settings = [...found].map(([name, actions]) => ({ name, actions }));
  return { kind: "ok", settings: sortByName(settings) };
}

export type ReadOptions = {
  readonly text: string;
  /** The option, variable or file with its place, for error messages. */
  readonly where: string;
  readonly catalogue: FailpointCatalogue;
};

/**
 * The settings in `text`, in their order; none in an empty text. Throws UserError "bad-failpoint"
 * for a part that is not `name=actions`, a name that is unknown or set twice, actions that do not
 * parse, a chance that is no percentage, and a `return` where the point cannot return.
 */
export function readFailpoints({ text, where, catalogue }: ReadOptions): FailpointSetting[] {
  const settings: FailpointSetting[] = [];
  for (const [at, part] of splitParts(text).entries()) {
    const place = `${where}, part ${at + 1} (${debugString(part)})`;
    const [written, actions] = cut(part, "=");
    if (actions === null) {
      throw badFailpoint("a failpoint needs a name and actions", place, expectedSetting);
    }
    const setting = { name: trimText(written), actions: trimText(actions) };
    checkFailpoint({ ...setting, where: place, catalogue });
    if (settings.some(({ name }) => name === setting.name)) {
      throw badFailpoint(
        `failpoint ${setting.name} is set twice`,
        place,
        'give all its actions at once, joined by "->"',
      );
    }
    settings.push(setting);
  }
  return settings;
}

export type CheckOptions = FailpointSetting & {
  readonly where: string;
  readonly catalogue: FailpointCatalogue;
};

/** The parsed actions of one setting. Throws UserError like `readFailpoints`. */
export function checkFailpoint(options: CheckOptions): readonly Action[] {
  const { name, where, catalogue } = options;
  const point = requireKnown({ name, where, catalogue });
  const actions = requireActions(options);
  for (const { task, chance } of actions) {
    if (!(chance >= 0 && chance < Number.POSITIVE_INFINITY)) {
      const message = `failpoint ${name}: the chance is not a percentage`;
      throw badFailpoint(message, where, 'expected 0 to 100 before "%", such as 12.5%');
    }
    if (task.kind === "return" && point.returns === null) {
      const message = `failpoint ${name} cannot return`;
      throw badFailpoint(message, where, `it may: ${point.may.split(" ").join(", ")}`);
    }
  }
  return actions;
}

/** The point of a name. Throws UserError with suggestions where there is none. */
export function requireKnown({ name, where, catalogue }: Omit<CheckOptions, "actions">): PointInfo {
  const point = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (point !== undefined) return point;
  const near = suggest(name, Object.keys(catalogue));
  const hint =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : "`list failpoints` shows all names";
  throw badFailpoint(`unknown failpoint ${debugString(name)}`, where, hint);
}

/** The actions of a setting. Throws UserError with fail-rs's text where they do not parse. */
export function requireActions({
  name,
  actions,
  where,
}: Omit<CheckOptions, "catalogue">): readonly Action[] {
  const parsed = parseActions(actions);
  if (parsed.kind === "ok") return parsed.actions;
  throw badFailpoint(`failpoint ${name}: ${parsed.text}`, where, expectedActions);
}

const expectedSetting = 'expected name=actions, several of them separated by ";"';
const expectedActions =
  'expected [chance%][count*]task[(argument)], joined by "->"; the tasks are off, return, ' +
  "sleep(ms), delay(ms), panic, print, pause, yield";

function badFailpoint(message: string, where: string, hint: string): UserError {
  return new UserError(message, { code: "bad-failpoint", where, hint });
}

/** The parts between semicolons that are not blank, without the space around them. */
function splitParts(text: string): readonly string[] {
  return trimText(text)
    .split(";")
    .map(trimText)
    .filter((part) => part !== "");
}

/** By code units, as everywhere. */
export function sortByName(settings: readonly FailpointSetting[]): FailpointSetting[] {
  return settings.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
