/** Why no order explains the operations on a key: the culprit, the reason, and a picture. */
import type { Operation } from "../history-files/operations.ts";
import {
  casRegisterModel,
  checkLinearizability,
  decideLinearizability,
  registerOp,
} from "./linearizability/index.ts";
import type { Access } from "./register-accesses.ts";

export type RegisterStory = {
  readonly message: string;
  readonly atUs: number;
  readonly details: readonly string[];
};

/** Beyond this a key is left undecided. */
const searchBudget = {
  stepsMax: 5_000_000,
  memoryBytesMax: 2 ** 28,
  expired: () => false,
} as const;
/** The verdict is certain already: finding the story may take so much, not more. */
const budget = { stepsMax: 500_000, memoryBytesMax: 2 ** 27, expired: () => false } as const;
/** A value's text is cut to this. */
const labelMax = 16;

/** A slower start than the judge of registers, and the better one for keys that many meet on. */
export function searchRegister(
  key: string,
  accesses: readonly Access[],
): "linearizable" | "refused" | "undecided" {
  const labels = new Labels();
  const operations = accesses.map((access) => toOperation(key, access, labels));
  return decideLinearizability(operations, casRegisterModel, { budget: searchBudget });
}

/** The story of a key whose accesses were refused. */
export function registerStory(key: string, accesses: readonly Access[]): RegisterStory {
  const labels = new Labels();
  const operations = new Map(accesses.map((access) => [toOperation(key, access, labels), access]));
  const verdict = checkLinearizability([...operations.keys()], casRegisterModel, { budget });
  const message = `no order of the operations on key ${JSON.stringify(key)} explains their answers`;
  if (verdict.kind !== "refused") {
    const atUs = Math.max(...accesses.map(({ callTime }) => callTime));
    return { message, atUs, details: accesses.slice(-12).map(({ operation }) => line(operation)) };
  }
  const { culprit, why, picture } = verdict;
  const operation = operations.get(culprit)?.operation;
  const who =
    operation === undefined ? "" : `: operation ${operation.id} is the first that none fits`;
  return {
    message: message + who,
    atUs: culprit.returnTime ?? culprit.callTime,
    details: [
      ...why.split("\n"),
      "",
      ...picture.split("\n"),
      ...(operation === undefined ? [] : ["", line(operation)]),
    ],
  };
}

function toOperation(key: string, access: Access, labels: Labels): Operation {
  const { op, texts, callTime, returnTime, operation } = access;
  const [first, second] = [labels.of(texts[0]), labels.of(texts[1])];
  const isPending = returnTime === Infinity;
  const common = {
    process: operation.client,
    key,
    callTime,
    returnTime: isPending ? null : returnTime,
  };
  switch (op) {
    case registerOp.read:
      return { ...common, op: "read", input: null, output: { value: first } };
    case registerOp.write:
      return { ...common, op: "write", input: first, output: isPending ? null : {} };
    default: {
      const output = isPending ? null : { ok: op === registerOp.casSucceeded };
      return { ...common, op: "cas", input: [first, second], output };
    }
  }
}

/** Short texts for values: without their padding, cut, and as different as the values are. */
class Labels {
  readonly #labels = new Map<string, string>();
  readonly #taken = new Set<string>();

  of(value: string | null): string | null {
    if (value === null) return null;
    let label = this.#labels.get(value);
    if (label === undefined) {
      label = value.replace(/\.+$/, "").slice(0, labelMax);
      if (this.#taken.has(label)) label = `${label}#${this.#labels.size}`;
      this.#labels.set(value, label);
      this.#taken.add(label);
    }
    return label;
  }
}

function line({ id, client, request, callUs, returnUs, outcome }: Access["operation"]): string {
  const ms = (us: number) => (us / 1000).toFixed(1);
  const span = `${ms(callUs)}..${returnUs === null ? "" : ms(returnUs)} ms`;
  const answer = outcome === null ? "no answer" : JSON.stringify(outcome);
  return `client ${client} #${id} ${span}: ${JSON.stringify(request)} -> ${answer}`.slice(0, 300);
}
