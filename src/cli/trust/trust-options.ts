import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  formatTraceEvent,
  type LockedCollection,
  LockMismatchError,
  parseTrustLock,
  type TraceSink,
  type TrustLock,
} from '../../trust/index.ts';
import { type Gun, type VerificationRules, verificationRules } from '../../tuf/index.ts';
import { readDockerConfig } from '../docker-config.ts';
import { type Io, printLine } from '../io.ts';
import { systemErrorText } from './key-name.ts';
import { ContentTrustError } from './trust-error.ts';
import { parseMode, type TrustOptions } from './trust-flags.ts';

/** Variable that says how to verify, where no flag does. */
const VARIABLE = 'TRUSTSANDBOX_VERIFICATION';
/** Setting in docker's `config.json` that does. */
const SETTING = 'trustVerification';
const MAX_LOCK_BYTES = 10 * 1024 * 1024;

/**
 * The mode that holds: that of the flag, the variable, docker's `config.json`; else strict, but where we are called docker
 * or notary and decide as they do.
 * @throws {UsageError | DockerConfigError}
 */
export async function chosenRules(
  { verification }: TrustOptions,
  io: Io,
  dockerConfig: string,
): Promise<VerificationRules> {
  if (verification) return verificationRules(verification);
  const named = variableRules(io);
  if (named) return named;
  const setting = (await readDockerConfig(dockerConfig)).value[SETTING];
  if (setting !== undefined) return verificationRules(parseMode(String(setting), SETTING));
  return verificationRules(io.program === 'trustsandbox' ? 'strict' : 'compat');
}

/** The mode that the variable names, if it names one. @throws {UsageError} */
export function variableRules({ env }: Pick<Io, 'env'>): VerificationRules | undefined {
  const variable = env[VARIABLE];
  return variable ? verificationRules(parseMode(variable, VARIABLE)) : undefined;
}

/** Writes each step on stderr, a line each. */
export function chosenTrace({ trace }: TrustOptions, { stderr }: Pick<Io, 'stderr'>): TraceSink | undefined {
  if (trace === undefined) return undefined;
  if (trace === 'json') return (event) => printLine(stderr, JSON.stringify(event));
  return (event) => printLine(stderr, `trace: ${formatTraceEvent(event)}`);
}

/** What a lockfile says of a collection. @throws {ContentTrustError | LockInvalidError | LockMismatchError} it says nothing */
export async function chosenLock({ lock }: TrustOptions, io: Io, gun: Gun): Promise<LockedCollection | undefined> {
  if (lock === undefined) return undefined;
  const found = (await readTrustLock(lock, io)).get(gun);
  if (!found) throw new LockMismatchError(gun, { expected: 'no such collection', found: gun });
  return found;
}

/** @throws {ContentTrustError} no such file; {LockInvalidError} */
export async function readTrustLock(path: string, { cwd }: Pick<Io, 'cwd'>): Promise<TrustLock> {
  return parseTrustLock(await readBounded(path, cwd, MAX_LOCK_BYTES, 'lockfile'));
}

/** A file that the user named. @throws {ContentTrustError} it cannot be read, or is too large; `what` names it */
export async function readBounded(path: string, cwd: string, maxBytes: number, what: string): Promise<Buffer> {
  try {
    await using handle = await open(resolve(cwd, path), 'r');
    const { size } = await handle.stat();
    if (size > maxBytes) throw new ContentTrustError(`${what} ${path} has more than ${maxBytes} bytes`);
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof ContentTrustError) throw cause;
    throw new ContentTrustError(`cannot read ${what} ${path}: ${systemErrorText(cause)}`, { cause });
  }
}
