/** Powers of two, in a file of their own so that the bundler writes them in place. */

/** The unit in which a disk writes: one is old or new as a whole, never a mixture. */
export const sectorBytes = 512;

/** A file's room comes in blocks of so many bytes: growing copies nothing. */
export const blockBytes = 32_768;
