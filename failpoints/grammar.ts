/**
 * The actions of a failpoint, in the grammar of fail-rs 0.5.1 (src/lib.rs `Action::from_str`):
 *
 *   actions = action ("->" action)*        action = [p "%"] [n "*"] task ["(" argument ")"]
 *
 * `p` is a chance in percent and may be over 100, `n` how often the action can trigger. White space
 * counts everywhere but around a whole action. `->` splits inside parentheses too.
 */
import { debugString, parseF32, parseU64, trimText, type U64 } from "./rust.ts";

/** What an action does when it triggers. Times are milliseconds, as they are written. */
export type Task =
  | { readonly kind: "off" }
  | { readonly kind: "return"; readonly value: string | null }
  | { readonly kind: "sleep"; readonly ms: U64 }
  | { readonly kind: "panic"; readonly text: string | null }
  | { readonly kind: "print"; readonly text: string | null }
  | { readonly kind: "pause" }
  | { readonly kind: "yield" }
  | { readonly kind: "delay"; readonly ms: U64 };

export type TaskKind = Task["kind"];

export type Action = {
  readonly task: Task;
  /** The chance as a fraction, rounded to 32 bits like fail-rs's: 25% is 0.25. NaN is possible. */
  readonly chance: number;
  /** How often it can trigger; null is without limit. */
  readonly count: U64 | null;
};

/** `text` names the wrong part in fail-rs's words. */
export type ParsedActions =
  | { readonly kind: "ok"; readonly actions: readonly Action[] }
  | { readonly kind: "error"; readonly text: string };

/** Reads a whole action string. The first wrong action is the error. Never throws. */
export function parseActions(text: string): ParsedActions {
  const actions: Action[] = [];
  for (const part of text.split("->")) {
    const parsed = parseAction(part);
    if (parsed.kind === "error") return parsed;
    actions.push(parsed.action);
  }
  return { kind: "ok", actions };
}

/** Cuts at the first `mark`: what is before it, and what is after it or null without a mark. */
export function cut(text: string, mark: string): readonly [before: string, after: string | null] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}

type ParsedAction =
  | { readonly kind: "ok"; readonly action: Action }
  | { readonly kind: "error"; readonly text: string };

function parseAction(part: string): ParsedAction {
  // The argument first: it may hold marks of its own.
  const [head, tail] = cut(trimText(part), "(");
  if (tail !== null && !tail.endsWith(")")) return refuse("parentheses do not match");
  const argument = tail === null ? null : tail.slice(0, -1);
  let rest = head;
  let chance = 1;
  const [percent, afterPercent] = cut(rest, "%");
  if (afterPercent !== null) {
    const parsed = parseF32(percent);
    if (parsed.kind === "error") return refuse(`failed to parse frequency: ${parsed.text}`);
    chance = Math.fround(parsed.value / 100);
    rest = afterPercent;
  }
  let count: U64 | null = null;
  const [times, afterTimes] = cut(rest, "*");
  if (afterTimes !== null) {
    const parsed = parseU64(times);
    if (parsed.kind === "error") return refuse(`failed to parse count: ${parsed.text}`);
    count = parsed.value;
    rest = afterTimes;
  }
  const task = parseTask(rest, argument);
  return task.kind === "error" ? task : { kind: "ok", action: { task: task.task, chance, count } };
}

type ParsedTask =
  | { readonly kind: "ok"; readonly task: Task }
  | { readonly kind: "error"; readonly text: string };

function parseTask(name: string, argument: string | null): ParsedTask {
  switch (name) {
    case "off":
    case "pause":
    case "yield":
      return { kind: "ok", task: { kind: name } };
    case "return":
      return { kind: "ok", task: { kind: name, value: argument } };
    case "panic":
    case "print":
      return { kind: "ok", task: { kind: name, text: argument } };
    case "sleep":
    case "delay": {
      if (argument === null) return refuse("sleep require timeout");
      const parsed = parseU64(argument);
      if (parsed.kind === "error") return refuse(`failed to parse timeout: ${parsed.text}`);
      return { kind: "ok", task: { kind: name, ms: parsed.value } };
    }
    default:
      return refuse(`unrecognized command ${debugString(name)}`);
  }
}

function refuse(text: string): { readonly kind: "error"; readonly text: string } {
  return { kind: "error", text };
}
