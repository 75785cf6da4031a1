/**
 * What a slot of the event queue is: the codes of its operation. The comments say what its columns
 * a, b, c and its object hold. Constants, which the bundler writes in place.
 */

/** A process starts. */
export const boot = 1;
/** A message arrives: a sender, b kind, c the sender's incarnation; its payload. */
export const deliver = 2;
/** The same, and the link counts it among its messages in flight. */
export const deliverCounted = 3;
/** The same, at a process that was paused when it came: past the network's reach. */
export const arrived = 4;
/** A connection was refused: a whom it was to, b kind; the payload. */
export const refuse = 5;
/** A timer: a kind, b number. */
export const timer = 6;
/** Work for a pool: a kind, b number, c pool; its cost in microseconds. */
export const submit = 7;
/** A thread is free again: a pool. */
export const thread = 8;
/** A task is resumed: b token; the value. */
export const wake = 9;
/** A disk operation ends: b token; the operation. */
export const disk = 10;
/** A planned action: its closure. */
export const action = 11;
