/** The end of a process that answers another one over a channel of Node's. */

/** What of such a channel is needed: `process`, of a forked process. */
export interface Channel {
  /** `sent` is called once all of the message has left. */
  send?(message: unknown, sent: (error: Error | null) => void): boolean;
  disconnect?(): void;
}

/**
 * Says the last message and then lets go of the channel. Not before: the process ends with its
 * channel, and a message of some 200 KB leaves in parts, as fast as the other side reads.
 */
export function sayLast(channel: Channel, message: unknown): void {
  channel.send?.(message, () => channel.disconnect?.());
}
