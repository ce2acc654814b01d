import { UsageError } from '../command.ts';
import type { FlagSpec, Flags } from '../flags.ts';

/** How a command is to decide what to trust, and whom to tell of it. */
export interface TrustOptions {
  readonly verification?: 'compat' | 'strict' | undefined;
  readonly trace?: 'text' | 'json' | undefined;
  /** Path of a lockfile, relative to the working folder. */
  readonly lock?: string | undefined;
}

const VERIFICATION = {
  kind: 'string',
  value: 'MODE',
  help: 'Decide as docker does (compat), or with all that TUF 1.0 asks for (strict)',
} as const;
const TRACE = {
  kind: 'string',
  bare: 'text',
  value: 'FORMAT',
  help: 'Tell of each step on stderr: text or json',
} as const;
const LOCK = { kind: 'string', value: 'FILE', help: 'Refuse what this lockfile does not have' } as const;
const hidden = <T extends FlagSpec>(spec: T) => ({ ...spec, hidden: true }) as const;

export const TRUST_FLAGS = { verification: VERIFICATION, trace: TRACE, lock: LOCK } as const;

/** The same for docker's own commands, whose help is docker's. */
export const EXTRA_TRUST_FLAGS = {
  verification: hidden(VERIFICATION),
  trace: hidden(TRACE),
  lock: hidden(LOCK),
} as const;

/** @throws {UsageError} */
export function trustOptions({ verification, trace, lock }: Flags<typeof TRUST_FLAGS>): TrustOptions {
  if (trace !== undefined && trace !== 'text' && trace !== 'json') {
    throw new UsageError(`--trace: want text or json, found ${JSON.stringify(trace)}`);
  }
  return {
    verification: verification === undefined ? undefined : parseMode(verification, '--verification'),
    trace,
    lock,
  };
}

/** @throws {UsageError} */
export function parseMode(text: string, name: string): 'compat' | 'strict' {
  if (text !== 'compat' && text !== 'strict')
    throw new UsageError(`${name}: want compat or strict, found ${JSON.stringify(text)}`);
  return text;
}
