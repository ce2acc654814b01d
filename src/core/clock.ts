/** Tells the time. Injected wherever time decides something, so that a sandbox or a test can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
