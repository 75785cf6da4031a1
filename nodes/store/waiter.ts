/** Who waits for the answer to a request: a client over the network, or a plugin's task. */
import type { Machine, ProcessId, TaskToken } from "../../sim/process.ts";
import type { RegionError } from "../errors.ts";
import { regionErrorTags } from "../errors.ts";
import { eventKinds } from "../events.ts";
import { type Request, Response, wireKinds } from "../wire.ts";

/** Answers at most once; a waiter that is never answered leaves its client to its deadline. */
export class Waiter {
  readonly request: Request;
  readonly #machine: Machine;
  readonly #client: ProcessId | null;
  readonly #task: TaskToken | null;

  constructor(
    machine: Machine,
    request: Request,
    client: ProcessId | null,
    task: TaskToken | null,
  ) {
    this.#machine = machine;
    this.request = request;
    this.#client = client;
    this.#task = task;
  }

  /** A response with the request's numbers filled in. */
  response(): Response {
    const response = new Response();
    response.operation = this.request.operation;
    response.rpc = this.request.rpc;
    return response;
  }

  answer(response: Response): void {
    if (this.#client !== null) {
      this.#machine.send(this.#client, wireKinds.response, response, responseSize(response));
    } else if (this.#task !== null) {
      this.#machine.wake(this.#task, response);
    }
  }

  /** Answers with TiKV's `error` string. */
  fail(text: string): void {
    const response = this.response();
    response.error = text;
    this.answer(response);
  }

  /** Answers with a region error. */
  refuse(error: RegionError): void {
    const response = this.response();
    response.regionError = error;
    const leader = error.kind === "notLeader" ? error.leaderStore : 0;
    const { regionId, operation } = this.request;
    const tag = regionErrorTags[error.kind];
    this.#machine.emit(eventKinds.requestRefused, regionId, operation, tag, leader);
    this.answer(response);
  }
}

function responseSize(response: Response): number {
  let size = 48 + response.error.length + response.data.length + (response.value?.length ?? 0);
  for (const key of response.keys) size += key.length + 8;
  for (const value of response.values) size += value.length + 8;
  return size;
}
