import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  basicConstraints,
  extendedKeyUsage,
  signCertificate,
  subjectAlternativeName,
} from '../../../src/pki/certificate.ts';
import { derImplicit } from '../../../src/pki/der.ts';

export interface Issued {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Who signs; itself when left out. */
  readonly by?: Issued;
  readonly isCa?: boolean;
  readonly usage?: 'serverAuth' | 'clientAuth';
  readonly notAfter?: Date;
}

/** A certificate for 127.0.0.1, whatever it is for. */
export function issue(name: string, { by, isCa = false, usage, notAfter }: IssueOptions = {}): Issued {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const cert = signCertificate(
    {
      subject: name,
      issuer: by?.name ?? name,
      notBefore: new Date(now - 86_400_000),
      notAfter: notAfter ?? new Date(now + 86_400_000),
      publicKey: privateKey,
      extensions: [
        basicConstraints(isCa),
        ...(usage ? [extendedKeyUsage(usage)] : []),
        subjectAlternativeName([derImplicit(7, Buffer.from([127, 0, 0, 1]))]),
      ],
    },
    by ? createPrivateKey(by.key) : privateKey,
    randomBytes,
  );
  return { name, cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** PEM files in a folder of their own. */
export interface PemFolder extends AsyncDisposable {
  readonly path: string;
  /** `tls` files for one side: its certificate (with others after it), its key, and whom it trusts. */
  write(own: Issued | undefined, trusted?: readonly Issued[], between?: readonly Issued[]): Promise<TlsPaths>;
}

export interface TlsPaths {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export async function createPemFolder(): Promise<PemFolder> {
  const path = await mkdtemp(join(tmpdir(), 'ts-pem-'));
  let count = 0;
  const put = async (text: string): Promise<string> => {
    count += 1;
    const file = join(path, `${count}.pem`);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  const bundle = (certificates: readonly Issued[]): string => certificates.map(({ cert }) => cert).join('');
  return {
    path,
    async write(own, trusted = [], between = []) {
      return {
        caFile: trusted.length > 0 ? await put(bundle(trusted)) : undefined,
        certFile: own && (await put(bundle([own, ...between]))),
        keyFile: own && (await put(own.key)),
      };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
