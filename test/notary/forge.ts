import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../src/core/index.ts';
import { formatRoot, formatTargets, openSigner, type Signer, signMetadata } from '../../src/tuf/index.ts';
import type { TestRepository } from '../tuf-repository.ts';

/** The files of one upload, by role. */
export type Parts = Readonly<Record<string, Buffer>>;
/** Members of `signed` to replace; `undefined` removes one. */
export type Edit = Readonly<Record<string, JsonValue | undefined>>;

/** What a case is made with: the keys of a new collection, and ways to sign with them. */
export class Forge {
  readonly repository: TestRepository;
  readonly gun: string;

  constructor(repository: TestRepository) {
    this.repository = repository;
    this.gun = repository.gun;
  }

  /** Root with members replaced; `undefined` removes one. */
  root(edit: Edit = {}, signers: readonly Signer[] = [this.repository.signers.root]): Promise<Buffer> {
    return sign({ ...formatRoot(this.repository.root), ...edit }, signers);
  }

  targets(edit: Edit = {}, signers: readonly Signer[] = [this.repository.signers.targets]): Promise<Buffer> {
    return sign({ ...formatTargets(this.repository.targets), ...edit }, signers);
  }

  /** Root in which `role` is listed with these keys. */
  rootWith(role: string, keys: readonly Signer[], threshold = 1, signers?: readonly Signer[]): Promise<Buffer> {
    const { roles, keys: known } = formatRoot(this.repository.root) as Record<string, JsonObject>;
    const listed = Object.fromEntries(keys.map(({ key }) => [key.keyid, keyObject(key)]));
    const keyids = keys.map(({ key }) => key.keyid);
    return this.root({ keys: { ...known, ...listed }, roles: { ...roles, [role]: { keyids, threshold } } }, signers);
  }

  async first(targets: Edit = {}): Promise<Parts> {
    return { root: await this.root(), targets: await this.targets(targets) };
  }
}

export function keyObject({ keytype, bytes }: Signer['key']): JsonObject {
  return { keytype, keyval: { private: null, public: bytes.toString('base64') } };
}

export async function sign(members: Edit, signers: readonly Signer[]): Promise<Buffer> {
  const signed = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
  return (await signMetadata(signed, signers)).bytes;
}

/** The envelope with its signatures changed. */
export function resigned(bytes: Buffer, change: (signatures: JsonObject[]) => JsonValue): Buffer {
  const { signed, signatures } = JSON.parse(bytes.toString());
  return Buffer.from(JSON.stringify({ signed, signatures: change(signatures) }));
}

export const delegation = (name: string, signer: Signer, more: Edit = {}) =>
  ({ keyids: [signer.key.keyid], name, paths: [''], threshold: 1, ...more }) as JsonObject;
export const delegations = (roles: JsonObject[], ...signers: Signer[]) =>
  ({ keys: Object.fromEntries(signers.map(({ key }) => [key.keyid, keyObject(key)])), roles }) as JsonObject;
export const hash = (byte: number, length: number) => Buffer.alloc(length, byte).toString('base64');
export const rsa = (bits: number) => openSigner(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
export const curve = (namedCurve: string) => openSigner(generateKeyPairSync('ec', { namedCurve }).privateKey);
export const ed25519 = () => openSigner(generateKeyPairSync('ed25519').privateKey);
