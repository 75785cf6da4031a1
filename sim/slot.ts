/**
 * Where a slot of the event queue holds what. One slot is 64 bytes, a cache line where the room
 * begins at one: two doubles, then 32-bit integers. Constants, which the bundler writes in place
 * (it does where a file begins with them and imports nothing).
 */

/** In place of a slot's number: there is none. */
export const none = -1;
/** Ties are below this: with a sequence number they make one exact double. */
export const tieLimit = 1_048_576;
/** Sequence numbers are below this: 2^33. */
export const sequenceLimit = 8_589_934_592;

/** The bytes of a slot. */
export const bytes = 64;
/** Shifts a slot's number to its first double. */
export const toDoubles = 3;
/** Shifts a slot's number to its first integer. */
export const toIntegers = 4;

/** Doubles: when it is due, and an integer as large as 2^53. */
export const timeUs = 0;
export const b = 1;

/** Integers, behind the doubles. */
export const operation = 4;
export const process = 5;
export const incarnation = 6;
export const a = 7;
export const c = 8;
