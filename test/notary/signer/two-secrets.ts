import type { SecretSource } from '../../../src/notary/index.ts';
import { Passphrases } from '../../../src/notary/signer/passphrases.ts';

/** Two secrets of a server, to change between. */
export const secrets: SecretSource[] = [1, 2].map((n) => ({ kind: 'bytes', bytes: Buffer.alloc(32, n) }));

/** Two aliases of a signer. */
export const aliases = new Passphrases(['a', 'b'].map((alias) => [alias, Buffer.from(`passphrase of ${alias}`)]));
