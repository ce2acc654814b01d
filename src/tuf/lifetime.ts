import { formatInstant } from './expiry.ts';
import type { BaseRoleName } from './role-name.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_MS = 365 * DAY_MS;

/** How long new metadata holds, in milliseconds (`docs/wire/notary-v1.md`, "Dates"). Delegations are as targets. */
export const LIFETIME_MS: Readonly<Record<BaseRoleName, number>> = {
  root: 10 * YEAR_MS,
  targets: 3 * YEAR_MS,
  snapshot: 3 * YEAR_MS,
  timestamp: 14 * DAY_MS,
};

/** Value of `expires` for metadata signed at `now`. */
export function defaultExpires(role: BaseRoleName, now: Date): string {
  return formatInstant(new Date(now.getTime() + LIFETIME_MS[role]));
}
