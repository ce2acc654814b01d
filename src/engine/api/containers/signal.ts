import { constants } from 'node:os';
import { BadParameterError } from '../reply.ts';

/** Signals that end a program which does nothing about them. */
const FATAL: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT']);

export interface Signal {
  readonly name: string;
  readonly number: number;
  readonly isFatal: boolean;
}

/** A signal by name, with or without `SIG`, or by number. @throws {BadParameterError} */
export function parseSignal(text: string): Signal {
  const upper = text.toUpperCase();
  const wanted = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === wanted || (/^\d+$/.test(text) && number === Number(text)),
  );
  if (!found) throw new BadParameterError(`Invalid signal: ${text.slice(0, 40)}`);
  const [name, number] = found;
  return { name, number, isFatal: FATAL.has(name) };
}
