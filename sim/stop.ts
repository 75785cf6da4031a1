/** How a handler ends when its process dies under it. */

/** Thrown through a handler whose process is gone; the dispatcher alone catches it. */
export class ProcessStop extends Error {
  override readonly name = "ProcessStop";
}

/** The one instance: a death needs no stack, and making one would cost more than the death. */
export const processStop: ProcessStop = new ProcessStop("the process stopped");
