import type { JsonObject, JsonValue } from '../../src/core/index.ts';
import { type Envelope, fileMetaOf, formatEnvelope, formatPublicKey, signMetadata } from '../../src/tuf/index.ts';
import { newSigner } from '../tuf-repository.ts';
import { ALICE, type Edition, type FileName, RELEASES_FILE, type Signers, type World } from './world.ts';

/** Whose keys an attacker has: nobody's, those of the trust server, or the role's own and the server's. */
export type Power = 'no key' | "the server's keys" | "the role's key and the server's";

/** Something done to one role's file. `null`: the file is gone. */
export interface Mutation {
  readonly name: string;
  /** What it needs: bytes alone, or a new signature by the role. */
  readonly isSigned: boolean;
  /** Roles it makes sense for; all when absent. */
  readonly roles?: readonly FileName[];
  mutate(file: Envelope, signers: Signers, role: FileName): Promise<Buffer | null>;
}

const bytesOf = (text: string): Buffer => Buffer.from(text);
const resign = async (signed: JsonObject, signers: Signers, role: FileName): Promise<Buffer> =>
  (await signMetadata(signed, [signers[role]])).bytes;
const edit = (edit: (signed: Record<string, JsonValue>, signers: Signers) => object) => ({
  isSigned: true,
  mutate: (file: Envelope, signers: Signers, role: FileName) =>
    resign({ ...file.signed, ...edit(file.signed as Record<string, JsonValue>, signers) } as JsonObject, signers, role),
});
const raw = (mutate: (file: Envelope) => Buffer | null) => ({
  isSigned: false,
  mutate: async (file: Envelope) => mutate(file),
});

/** Those of Notary's own test helper by what they do, and a few that its clients were never asked. */
export const MUTATIONS: readonly Mutation[] = [
  { name: 'is no JSON', ...raw(() => bytesOf('not json')) },
  { name: 'is cut short', ...raw(({ bytes }) => bytes.subarray(0, bytes.length - 20)) },
  { name: 'has a blank more', ...raw(({ bytes }) => Buffer.concat([bytes, bytesOf(' ')])) },
  { name: 'is gone', ...raw(() => null) },
  { name: 'has no signed part', ...raw(({ signatures }) => formatEnvelope(bytesOf('null'), signatures)) },
  { name: 'has no signatures', ...raw(({ canonical }) => formatEnvelope(canonical, [])) },
  {
    name: 'has signatures that are wrong',
    ...raw(({ canonical, signatures }) => {
      const wrong = signatures.map((signature) => ({ ...signature, sig: Buffer.alloc(signature.sig.length, 7) }));
      return formatEnvelope(canonical, wrong);
    }),
  },
  {
    name: 'is signed by a stranger',
    isSigned: false,
    mutate: async ({ signed }) => (await signMetadata(signed, [newSigner()])).bytes,
  },
  {
    name: "bears a stranger's signature under the role's key id",
    isSigned: false,
    mutate: async ({ signed, canonical, signatures: [own] }) => {
      const { signatures } = await signMetadata(signed, [newSigner()]);
      return formatEnvelope(canonical, [
        { keyid: own?.keyid ?? '', method: 'ecdsa', sig: signatures[0]?.sig ?? Buffer.of() },
      ]);
    },
  },
  {
    name: 'is signed twice by the same key',
    ...raw(({ canonical, signatures }) => formatEnvelope(canonical, [...signatures, ...signatures])),
  },
  {
    name: 'says something twice',
    ...raw(({ bytes }) => bytesOf(bytes.toString().replace('{"signed":{', '{"signed":{"version":9,'))),
  },
  { name: 'is of another type', ...edit(() => ({ _type: 'Other' })) },
  {
    name: 'has members of other kinds',
    ...edit(({ _type }) => ({
      _type,
      version: '3',
      expires: 7,
      meta: [],
      roles: [],
      keys: [],
      targets: [],
      delegations: [],
    })),
  },
  { name: 'has no version', ...edit(() => ({ version: 0 })) },
  { name: 'has an older version', ...edit(() => ({ version: 1 })) },
  {
    name: 'has a version with a fraction',
    ...raw(({ bytes }) => bytesOf(bytes.toString().replace(/"version":\d+/g, '"version":2.5'))),
  },
  { name: 'has run out', ...edit(() => ({ expires: '2020-01-01T00:00:00Z' })) },
  { name: 'has no date', ...edit(() => ({ expires: 'never' })) },
  {
    name: 'has a threshold of none',
    ...edit(({ roles }) => ({ roles: withThreshold(roles as JsonObject, 0) })),
    roles: ['root'],
  },
  {
    name: 'asks for two signatures of everybody',
    ...edit(({ roles }) => ({ roles: withThreshold(roles as JsonObject, 2) })),
    roles: ['root'],
  },
  {
    name: 'lists keys of a kind that nobody knows',
    ...edit(({ keys }) => ({ keys: eachMeta(keys as JsonObject, (key) => ({ ...key, keytype: 'quantum' })) })),
    roles: ['root'],
  },
  {
    name: 'gives targets another key',
    ...edit(({ keys, roles }) => {
      const { key } = newSigner();
      const other = { [key.keyid]: formatPublicKey(key) };
      const targets = { keyids: [key.keyid], threshold: 1 };
      return { keys: { ...(keys as JsonObject), ...other }, roles: { ...(roles as JsonObject), targets } };
    }),
    roles: ['root'],
  },
  { name: 'lists no keys', ...edit(() => ({ keys: {} })), roles: ['root'] },
  { name: 'lists no roles', ...edit(() => ({ roles: {} })), roles: ['root'] },
  { name: 'lists nothing', ...edit(() => ({ meta: {} })), roles: ['snapshot', 'timestamp'] },
  {
    name: 'promises no hash that is known',
    ...edit(({ meta }) => ({ meta: eachMeta(meta as JsonObject, (one) => ({ ...one, hashes: { md5: 'AAAA' } })) })),
    roles: ['snapshot', 'timestamp'],
  },
  {
    name: 'promises a length too great',
    ...edit(({ meta }) => ({
      meta: eachMeta(meta as JsonObject, (one) => ({ ...one, length: Number(one.length) + 1 })),
    })),
    roles: ['snapshot', 'timestamp'],
  },
  {
    name: 'promises a length too small',
    ...edit(({ meta }) => ({
      meta: eachMeta(meta as JsonObject, (one) => ({ ...one, length: Number(one.length) - 1 })),
    })),
    roles: ['snapshot', 'timestamp'],
  },
  {
    name: 'promises more than anybody reads',
    ...edit(({ meta }) => ({ meta: eachMeta(meta as JsonObject, (one) => ({ ...one, length: 6_000_000 })) })),
    roles: ['snapshot', 'timestamp'],
  },
  {
    name: 'delegates to a role that is not below it',
    ...edit(() => ({ delegations: { keys: {}, roles: [{ name: 'root', keyids: [], threshold: 1, paths: [''] }] } })),
    roles: ['targets', RELEASES_FILE],
  },
  {
    name: 'says other things under the same version',
    ...edit(({ version }) => ({ version: Number(version) - 1, note: 'for you alone' })),
  },
];

function withThreshold(roles: JsonObject, threshold: number): JsonObject {
  const changed = Object.entries(roles).map(([name, role]) => [name, { ...(role as JsonObject), threshold }]);
  return Object.fromEntries(changed) as JsonObject;
}

function eachMeta(meta: JsonObject, change: (meta: JsonObject) => object): JsonObject {
  return Object.fromEntries(Object.entries(meta).map(([name, one]) => [name, change(one as JsonObject)])) as JsonObject;
}

/**
 * Serves `edition` with one file mutated. With the server's keys snapshot and timestamp are signed anew to fit it; a root
 * that others than its keys signed fits as well as it may.
 */
export async function serveMutated(
  world: World,
  edition: Edition,
  { mutation, role, power }: { mutation: Mutation; role: FileName; power: Power },
): Promise<void> {
  const { signers } = world;
  const bytes = await mutation.mutate(edition.files[role], signers, role);
  world.server.serve(edition);
  if (bytes === null || power === 'no key') {
    const name = role;
    world.server.tamper = (asked, found) =>
      found && (asked === name || asked.startsWith(`${name} version`)) ? (bytes ?? undefined) : found;
    return;
  }
  const files: Record<string, Buffer> = Object.fromEntries(
    Object.entries(edition.files).map(([name, envelope]) => [name, envelope.bytes]),
  );
  files[role] = bytes;
  if (role !== 'snapshot' && role !== 'timestamp') {
    const meta = Object.fromEntries(
      ['root', 'targets', RELEASES_FILE, ALICE].map((name) => [name, metaOf(files[name] ?? Buffer.of())]),
    );
    const signed = { ...edition.files.snapshot.signed, meta } as JsonObject;
    files.snapshot = await resign(signed, signers, 'snapshot');
  }
  if (role !== 'timestamp') {
    const signed = { ...edition.files.timestamp.signed, meta: { snapshot: metaOf(files.snapshot ?? Buffer.of()) } };
    files.timestamp = await resign(signed as JsonObject, signers, 'timestamp');
  }
  for (const [name, file] of Object.entries(files)) world.server.put(name as FileName, file);
  if (role === 'root') world.server.putRoot(edition.root.version, bytes);
}

function metaOf(bytes: Buffer): JsonObject {
  const { length, hashes } = fileMetaOf(bytes);
  return { length, hashes: Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.toString('base64')])) };
}
