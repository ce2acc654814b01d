import { userInfo } from 'node:os';
import type { Actor } from '../../notary/index.ts';

/** Who gives a command on this machine, for the audit log. */
export function administrator(): Actor {
  return { subject: `${userName()} (command line)`, address: undefined };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // not in the list of users, as in many containers
  }
}
