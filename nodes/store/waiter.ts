/** Who waits for the answer to a request: a client over the network, a plugin's task, a latch. */
import type { Machine, ProcessId, TaskToken } from "../../sim/process.ts";
import { type RegionError, regionErrorTags } from "../errors.ts";
import { eventKinds } from "../events.ts";
import {
  type ErrorClass,
  errorClasses,
  type Request,
  Response,
  responseSize,
  wireKinds,
} from "../wire.ts";

/** Where an answer goes. */
export interface Sink {
  answer(response: Response): void;
  /** There will be no answer: nobody knows what became of the request. */
  drop(): void;
}

/** A request with the place of its answer. Answered at most once. */
export class Waiter {
  readonly request: Request;
  readonly #machine: Machine;
  readonly #sink: Sink;

  constructor(machine: Machine, request: Request, sink: Sink) {
    this.#machine = machine;
    this.request = request;
    this.#sink = sink;
  }

  /** A waiter for a step of this request: same numbers, another place for the answer. */
  step(sink: Sink): Waiter {
    return new Waiter(this.#machine, this.request, sink);
  }

  /** A response with the request's numbers filled in. */
  response(): Response {
    const response = new Response();
    response.operation = this.request.operation;
    response.rpc = this.request.rpc;
    return response;
  }

  answer(response: Response): void {
    this.#sink.answer(response);
  }

  drop(): void {
    this.#sink.drop();
  }

  /** Answers with TiKV's `error` string. */
  fail(text: string, errorClass: ErrorClass = errorClasses.none): void {
    const response = this.response();
    response.error = text;
    response.errorClass = errorClass;
    this.answer(response);
  }

  /** Answers with a region error. */
  refuse(error: RegionError): void {
    const response = this.response();
    response.regionError = error;
    // Nearly all are of this kind: their number is found without a look-up by a text.
    const isOther = error.kind !== "notLeader";
    const leader = isOther ? 0 : error.leaderStore;
    const { context, operation } = this.request;
    const tag = isOther ? regionErrorTags[error.kind] : regionErrorTags.notLeader;
    this.#machine.emit(eventKinds.requestRefused, context.regionId, operation, tag, leader);
    this.answer(response);
  }
}

/** Answers over the network. A client that is never answered reaches its deadline. */
export class ClientSink implements Sink {
  readonly #machine: Machine;
  readonly #client: ProcessId;

  constructor(machine: Machine, client: ProcessId) {
    this.#machine = machine;
    this.#client = client;
  }

  answer(response: Response): void {
    this.#machine.send(this.#client, wireKinds.response, response, responseSize(response));
  }

  drop(): void {}
}

/** Wakes a task of this store with the response; a dropped request leaves it asleep. */
export class TaskSink implements Sink {
  readonly #machine: Machine;
  /** Where the task waits now; null: it never did yet. */
  token: TaskToken | null = null;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  answer(response: Response): void {
    if (this.token !== null) this.#machine.wake(this.token, response);
  }

  /** TiKV's plugin gets a text where the applied-callback is dropped (tikv-semantics.md 1). */
  drop(): void {
    const response = new Response();
    response.errorClass = errorClasses.undetermined;
    response.error = 'undetermined write result "async write on_applied callback is dropped"';
    this.answer(response);
  }
}
