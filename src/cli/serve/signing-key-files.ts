import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { formatKeySet, type SigningKey, signingKey } from '../../http/index.ts';
import { createSigningCertificate } from '../../pki/index.ts';
import type { TokenServerConfig } from './token-config.ts';

/**
 * The folder of a server of tokens, mode 0700:
 *
 *     signing.key   PKCS#8 PEM, 0600; made at the first start
 *     signing.crt   its certificate: `rootcertbundle` for registries and Notary servers
 *     jwks.json     its key set: `jwks` for registries
 */
const FILES = { key: 'signing.key', certificate: 'signing.crt', keySet: 'jwks.json' } as const;
const RSA_BITS = 3072;

/** The key that tokens are signed with, made when there is none. @throws {SigningKeyError} it is of no use */
export async function openSigningKey(config: TokenServerConfig, clock: Clock): Promise<SigningKey> {
  const folder = config.keys;
  await ensureFolder(folder, 0o700);
  const privateKey = await openKey(join(folder, FILES.key), config.algorithm);
  const certificate = await openCertificate(join(folder, FILES.certificate), privateKey, config.issuer, clock);
  const key = signingKey(privateKey, certificate);
  const offered = config.hasCertificate ? key : signingKey(privateKey);
  await replaceFile(join(folder, FILES.keySet), formatKeySet(offered), 0o644);
  return offered;
}

async function openKey(path: string, algorithm: TokenServerConfig['algorithm']): Promise<KeyObject> {
  const found = await readIfThere(path);
  if (found !== undefined) {
    await chmod(path, 0o600);
    return createPrivateKey(found);
  }
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeDurably(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  // Two may start at once: whose link comes first has made the key of both.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return createPrivateKey(await readFile(path, 'utf8'));
}

async function openCertificate(path: string, key: KeyObject, name: string, clock: Clock): Promise<string> {
  const found = await readIfThere(path);
  if (found !== undefined) return found;
  const certificate = createSigningCertificate({ name, key, clock });
  await replaceFile(path, certificate, 0o644);
  return certificate;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeDurably(draft, text, mode);
  await rename(draft, path);
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
