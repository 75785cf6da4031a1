/**
 * What a sequential object is to the judge: a record of pure functions, after Porcupine's `Model`.
 * Each key of a history is one object of its own.
 */
import type { ModelName, Operation, Scalar } from "../../history-files/operations.ts";

/** What `step` answers when no object in that state could have given that answer. */
export const refused: unique symbol = Symbol("refused");

/** A sequential object. The methods are pure, and any operation of the model is legal input. */
export interface Model<State> {
  readonly name: ModelName;
  readonly initial: State;
  /**
   * The state after the operation, or `refused` if its answer contradicts the state. An operation
   * without an answer (pending or unknown) is never refused.
   */
  step(state: State, operation: Operation): State | typeof refused;
  /** Equal for equal states and for no others: states are found again in a hash table by it. */
  stateKey(state: State): Scalar;
  /**
   * True if the operation leaves every state as it is in which its answer fits, as a read does. One
   * without an answer constrains nothing.
   */
  isPure(operation: Operation): boolean;
  /**
   * A test for pending operations: true if some answer among `operations`, all of one key, may tell
   * that one took effect. One of which none can may be left out: a linearization with it is one
   * without it, too.
   */
  witness(operations: readonly Operation[]): (pending: Operation) => boolean;
  /**
   * A test for states that the answers among `operations`, all of one key, can tell from others: a
   * state that fails it lets no answer fit until an operation leads to one that passes, whatever
   * state it is. So all that fail count as one and the same.
   */
  observer(operations: readonly Operation[]): (state: State) => boolean;
  /** The one state that the operation's answer fits; undefined if it fits several. */
  demand(operation: Operation): State | undefined;
  /**
   * A name for the operation if it can bring the object to states that it has left; undefined if it
   * only leads on to new ones.
   */
  origin(operation: Operation): Scalar | undefined;
  /** Those of `all` origins that can bring the object back to a state, alone or with others. */
  origins(state: State, all: ReadonlySet<Scalar>): readonly Scalar[];
  /** The state as a sentence's subject and verb: "the register holds 2". */
  describe(state: State): string;
  /** Why no order at all can explain the answer, such as a value nobody wrote; null if none. */
  explain(operation: Operation, operations: readonly Operation[]): string | null;
}

/** A value as sentences show it: JSON, at most 40 characters. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 24)}...${text.slice(-13)}` : text;
}

/** An operation as sentences show it: `write 3`, `cas 1 -> 2 (failed)`, `read = 4`. */
export function showOperation({ op, input, output, returnTime }: Operation): string {
  const what = Array.isArray(input)
    ? `${op} ${showValue(input[0])} -> ${showValue(input[1])}`
    : `${op}${input === null ? "" : ` ${showValue(input)}`}`;
  if (returnTime === null) return `${what} (never returned)`;
  if (output?.unknown === true) return `${what} (answer unknown)`;
  if (output?.ok === false) return `${what} (failed)`;
  return output?.value === undefined ? what : `${what} = ${showValue(output.value)}`;
}
