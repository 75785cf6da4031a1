/**
 * Linearizability: could a history's operations have taken effect one at a time, each between its
 * call and its return? A judge of histories alone, as Porcupine and Knossos are.
 */
export {
  checkLinearizability,
  decideLinearizability,
  type LinearizabilityVerdict,
} from "./check.ts";
export { kvAppendModel } from "./kv-append.ts";
export { type Model, refused, showOperation } from "./model.ts";
export { checkByName, decideByName, type NamedCheck } from "./models.ts";
export { type Budget, unlimited } from "./part.ts";
export type { LinearizabilityRefusal } from "./refusal.ts";
export { casRegisterModel, register0Model, registerModel } from "./register.ts";
export {
  checkRegisterKey,
  RegisterJudge,
  type RegisterOp,
  type RegisterRow,
  registerOp,
} from "./register-key.ts";
export { setModel } from "./set.ts";
