import type { Clock, Log } from '../../core/index.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import type { KeyAlgorithm } from './key-algorithm.ts';
import { type RandomBytes, systemRandom } from './key-vault.ts';
import type { RemoteSignerOptions } from './remote/signer-client.ts';
import type { SecretSource } from './secret-source.ts';
import type { OpenServerKeys } from './server-keys.ts';
import { openVault } from './server-secret.ts';
import { StoredServerKeys } from './stored-server-keys.ts';

export type { OpenServerKeys } from './server-keys.ts';

/** Who keeps the keys that a server signs with. */
export type TrustService =
  | { readonly kind: 'local'; readonly secret: SecretSource; readonly keyAlgorithm?: KeyAlgorithm }
  | ({ readonly kind: 'remote'; readonly keyAlgorithm: KeyAlgorithm } & RemoteSignerOptions);

export interface ServerKeysContext {
  readonly database: NotaryDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: RandomBytes;
}

/**
 * Opens the keys a server signs with. A remote signer need not be reachable yet: `health` tells.
 * @throws {WrongSecretError} the keys in the database are encrypted with another secret
 * @throws {SecretFileError | SignerTlsError} a file of the configuration is of no use
 * @throws {GrpcMissingError} `@grpc/grpc-js` is not installed
 */
export async function openServerKeys(service: TrustService, context: ServerKeysContext): Promise<OpenServerKeys> {
  const { database, clock, random = systemRandom } = context;
  if (service.kind === 'remote') {
    const { RemoteServerKeys } = await import('./remote-server-keys.ts');
    return RemoteServerKeys.open(service, context);
  }
  const { vault, secretId } = await openVault(database, service.secret, random);
  const { keyAlgorithm: algorithm } = service;
  return new StoredServerKeys({ database, vault, secretId, clock, random, ...(algorithm && { algorithm }) });
}
