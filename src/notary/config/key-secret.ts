import { join } from 'node:path';
import type { SecretSource } from '../keys/secret-source.ts';
import type { ServerConfig } from './server-config.ts';

/** The secret of a server that is told of none, in its own folder. */
const OWN_SECRET = 'keys.secret';

/** What the keys in a server's database are encrypted with; `undefined` where a signer has the keys, or none are kept. */
export function secretOf(
  { trustService, database }: Pick<ServerConfig, 'trustService' | 'database'>,
  stateFolder: string,
): SecretSource | undefined {
  if (trustService.kind === 'remote' || (database === ':memory:' && !trustService.secret)) return undefined;
  return trustService.secret ?? { kind: 'key-file', path: join(stateFolder, OWN_SECRET), isMade: true };
}
