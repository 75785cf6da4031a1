/**
 * Where a slot of the event queue holds what. One slot is 64 bytes, a cache line where the room
 * begins at one: two doubles, then 32-bit integers. Constants, which the bundler writes in place.
 */

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
