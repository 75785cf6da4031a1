/**
 * A second checker to hold the judge against: it tries every order of at most some seven
 * operations, remembers nothing and prunes nothing. Its sequential objects are written anew, so
 * that a mistake in a model is not made twice.
 */
import type { ModelName, Operation } from "../../../history-files/operations.ts";

/** Whether some order of the operations, all of one key, explains their answers. */
export function someOrderExplains(
  operations: readonly Operation[],
  model: ModelName,
  initial: unknown,
): boolean {
  const visit = (rest: readonly Operation[], state: unknown): boolean => {
    const returned = rest.filter((one) => one.returnTime !== null);
    if (returned.length === 0) return true;
    return rest.some((one) => {
      if (returned.some((other) => other.returnTime! < one.callTime)) return false;
      const after = apply(model, state, one);
      if (after === undefined) return false;
      return visit(
        rest.filter((other) => other !== one),
        after.state,
      );
    });
  };
  return visit(operations, initialOf(model, initial));
}

/** Whether operations taking effect in this order, each in its interval, explain their answers. */
export function isLegalOrder(
  order: readonly Operation[],
  all: readonly Operation[],
  { model, initial }: { readonly model: ModelName; readonly initial: unknown },
): boolean {
  let state = initialOf(model, initial);
  const rest = new Set(all);
  for (const one of order) {
    const late = [...rest].some((other) => (other.returnTime ?? Infinity) < one.callTime);
    const after = apply(model, state, one);
    if (late || after === undefined || !rest.delete(one)) return false;
    state = after.state;
  }
  return true;
}

/** The state that a model's object begins in, as `apply` takes it. */
export function initialOf(model: ModelName, initial: unknown): unknown {
  switch (model) {
    case "register":
      return initial;
    case "register0":
      return 0;
    case "cas-register":
      return null;
    case "kv-append":
      return "";
    case "set":
      return [];
  }
}

/** One operation on a state: what it answers, and the state after it. */
export function perform(
  model: ModelName,
  state: unknown,
  { op, input }: Pick<Operation, "op" | "input">,
): { readonly answer: unknown; readonly state: unknown } {
  switch (`${model === "kv-append" || model === "set" ? model : "register"} ${op}`) {
    case "register read":
    case "kv-append get":
    case "set read":
      return { answer: state, state };
    case "register write":
    case "kv-append put":
      return { answer: null, state: input };
    case "register cas": {
      const [from, to] = input as readonly [unknown, unknown];
      return from === state ? { answer: true, state: to } : { answer: false, state };
    }
    case "kv-append append":
      return { answer: null, state: `${state}${input}` };
    case "set add":
      return { answer: null, state: [...new Set([...(state as unknown[]), input])].sort() };
    default:
      throw new Error(`no ${op} in ${model}`);
  }
}

function apply(
  model: ModelName,
  state: unknown,
  one: Operation,
): { readonly state: unknown } | undefined {
  const { answer, state: after } = perform(model, state, one);
  const { output } = one;
  if (output === null || output.unknown === true) return { state: after };
  const said = output.ok ?? (Array.isArray(output.value) ? output.value.toSorted() : output.value);
  return said === undefined || JSON.stringify(said) === JSON.stringify(answer)
    ? { state: after }
    : undefined;
}
