/** What a slot of the event queue is: the codes of its `operation` column. */

/** The codes; the comment says what the columns a, b, c and the object hold. */
export const operations = {
  /** A process starts. */
  boot: 1,
  /** A message arrives: a sender, b kind, c the sender's incarnation; its payload. */
  deliver: 2,
  /** The same, and the link counts it among its messages in flight. */
  deliverCounted: 3,
  /** The same, at a process that was paused when it came: past the network's reach. */
  arrived: 4,
  /** A connection was refused: a whom it was to, b kind; the payload. */
  refuse: 5,
  /** A timer: a kind, b number. */
  timer: 6,
  /** Work for a pool: a kind, b number, c pool; its cost in microseconds. */
  submit: 7,
  /** A thread is free again: a pool. */
  thread: 8,
  /** A task is resumed: b token; the value. */
  wake: 9,
  /** A disk operation ends: b token; the operation. */
  disk: 10,
  /** A planned action: its closure. */
  action: 11,
} as const;
