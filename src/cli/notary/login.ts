import type { Log } from '../../core/index.ts';
import type { Io } from '../io.ts';
import { askLine, ioPrompter } from '../prompt.ts';

/** Who the user says they are to the trust server. */
export interface NotaryLogin {
  readonly username: string;
  readonly password: string;
}

/** `NOTARY_AUTH`, base64 of `username:password`; else asked for. Undefined is nobody. */
export async function findLogin(io: Io, log: Log): Promise<NotaryLogin | undefined> {
  const { NOTARY_AUTH: auth } = io.env;
  return auth ? parseLogin(auth, log) : askLogin(io);
}

function parseLogin(auth: string, log: Log): NotaryLogin | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(auth) || auth.length % 4 !== 0) {
    log.error('Could not base64-decode authentication string');
    return undefined;
  }
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1).trim() };
  log.error(
    colon === 0
      ? 'Authentication string with zero-length username'
      : 'Malformatted authentication string; format must be <username>:<password>',
  );
  return undefined;
}

async function askLogin(io: Io): Promise<NotaryLogin | undefined> {
  const username = (await askLine(io, 'Enter username: '))?.trim();
  if (!username) return undefined;
  const password = (await ioPrompter(io).askHidden('Enter password: '))?.trim();
  return password === undefined ? undefined : { username, password };
}
