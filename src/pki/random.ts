import { randomBytes } from 'node:crypto';

/** Gives `size` unpredictable bytes. Injected wherever bytes that we choose end up in a file. */
export type RandomBytes = (size: number) => Uint8Array;

export const systemRandom: RandomBytes = (size) => randomBytes(size);
