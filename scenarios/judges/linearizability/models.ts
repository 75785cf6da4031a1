/** The judge by the names of the command line. */
import { unreachable } from "../../../sim/assert.ts";
import type { ModelName, Operation, Scalar } from "../../history-files/operations.ts";
import {
  checkLinearizability,
  decideLinearizability,
  type LinearizabilityVerdict,
} from "./check.ts";
import { kvAppendModel } from "./kv-append.ts";
import type { Model } from "./model.ts";
import type { Budget } from "./part.ts";
import { casRegisterModel, register0Model, registerModel } from "./register.ts";
import { setModel } from "./set.ts";

/** What to judge by, and what it may cost. */
export type NamedCheck = {
  readonly model: ModelName;
  /** What a `register` begins as (`--initial`); the other models have their own. */
  readonly initial: Scalar;
  readonly budget: Budget;
};

/** `checkLinearizability` by a model's name. */
export function checkByName(
  operations: readonly Operation[],
  { model, initial, budget }: NamedCheck,
): LinearizabilityVerdict {
  return useModel({ model, initial }, (one) => checkLinearizability(operations, one, { budget }));
}

/** `decideLinearizability` by a model's name: what a benchmark measures. */
export function decideByName(
  operations: readonly Operation[],
  { model, initial, budget }: NamedCheck,
): LinearizabilityVerdict["kind"] {
  return useModel({ model, initial }, (one) => decideLinearizability(operations, one, { budget }));
}

/** Models differ in their states, so whoever uses one by name must be ready for any. */
function useModel<Answer>(
  { model, initial }: Pick<NamedCheck, "model" | "initial">,
  use: <State>(one: Model<State>) => Answer,
): Answer {
  switch (model) {
    case "register":
      return use(registerModel(initial));
    case "register0":
      return use(register0Model);
    case "cas-register":
      return use(casRegisterModel);
    case "kv-append":
      return use(kvAppendModel);
    case "set":
      return use(setModel);
    default:
      return unreachable(model);
  }
}
