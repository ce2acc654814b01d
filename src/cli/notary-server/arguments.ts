import { parseDuration } from '../../settings/index.ts';
import {
  type Gun,
  GunInvalidError,
  parseGun,
  parseRoleName,
  RoleInvalidError,
  type RoleName,
} from '../../tuf/index.ts';
import { UsageError } from '../command.ts';

const DAY_MS = 86_400_000;

/** @throws {UsageError} it is no name of a collection */
export function gunArgument(text = ''): Gun {
  try {
    return parseGun(text);
  } catch (cause) {
    if (cause instanceof GunInvalidError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** @throws {UsageError} it is no name of a role */
export function roleArgument(text = ''): RoleName {
  try {
    return parseRoleName(text);
  } catch (cause) {
    if (cause instanceof RoleInvalidError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** A whole number from 1. @throws {UsageError} */
export function numberArgument(name: string, text = ''): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number < 1) throw new UsageError(`${name}: want a whole number from 1, found ${JSON.stringify(text)}`);
  return number;
}

/** `30d`, or a duration as Go writes them: `12h30m`. Milliseconds. @throws {UsageError} */
export function durationFlag(name: string, text: string): number {
  const days = /^(\d{1,6})d$/.exec(text)?.[1];
  const ms = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (ms === undefined || ms < 0)
    throw new UsageError(`--${name}: want a duration such as 30d or 12h, found ${JSON.stringify(text)}`);
  return ms;
}

/** RFC 3339, or a day. @throws {UsageError} */
export function instantFlag(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const isForm = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(text);
  if (!isForm || Number.isNaN(date.getTime()))
    throw new UsageError(`--${name}: want 2026-11-24 or 2026-11-24T08:00:00Z, found ${JSON.stringify(text)}`);
  return date;
}
