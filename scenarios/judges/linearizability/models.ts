/** The judge by the names of the command line. */
import { unreachable } from "../../../sim/assert.ts";
import type { ModelName, Operation, Scalar } from "../../history-files/operations.ts";
import { checkLinearizability, type LinearizabilityVerdict } from "./check.ts";
import { kvAppendModel } from "./kv-append.ts";
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
  switch (model) {
    case "register":
      return checkLinearizability(operations, registerModel(initial), { budget });
    case "register0":
      return checkLinearizability(operations, register0Model, { budget });
    case "cas-register":
      return checkLinearizability(operations, casRegisterModel, { budget });
    case "kv-append":
      return checkLinearizability(operations, kvAppendModel, { budget });
    case "set":
      return checkLinearizability(operations, setModel, { budget });
    default:
      return unreachable(model);
  }
}
