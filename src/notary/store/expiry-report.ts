import {
  findInstant,
  type Gun,
  isTufError,
  listRootCertificates,
  parseRoot,
  ROOT,
  readCommon,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';
import { walkCollections } from './collection-list.ts';
import { type CurrentRole, readCurrentRoles } from './collection-view.ts';
import { MetadataStore } from './metadata-store.ts';
import type { NotaryDatabase } from './schema.ts';

/** Something that runs out. */
export interface Expiry {
  readonly gun: string;
  readonly role: string;
  /** Of metadata its version; of a root certificate the id of its key. */
  readonly what:
    | { readonly kind: 'metadata'; readonly version: number }
    | { readonly kind: 'certificate'; readonly keyid: string };
  readonly expires: Date;
  /** The server signs it again by itself when it is read after its date. */
  readonly isRenewed: boolean;
}

export interface ExpiryQuery {
  readonly now: Date;
  /** What runs out until then, or has. */
  readonly until: Date;
  readonly prefix?: string | undefined;
}

/**
 * What runs out of the current metadata of all collections, one collection after the other, and of the certificates that their
 * root keys are in. Delegations that are in the snapshot no more are left out.
 */
export async function* listExpiring(
  database: NotaryDatabase,
  { now, until, prefix }: ExpiryQuery,
): AsyncGenerator<Expiry> {
  const store = new MetadataStore(database);
  for await (const { gun } of walkCollections(database, { prefix })) {
    const roles = await readCurrentRoles(store, gun as Gun); // it was one when it was stored
    const renewed = await findRenewed(database, gun, roles, now);
    const found = roles.flatMap((role) => expiriesOf(gun as Gun, role, renewed));
    yield* found.filter(({ expires }) => expires <= until);
  }
}

function expiriesOf(gun: Gun, { role, file, envelope }: CurrentRole, renewed: ReadonlySet<string>): Expiry[] {
  if (!envelope) return [];
  const expires = findInstant(readCommon(envelope.signed).expires);
  const what = { kind: 'metadata', version: file.version } as const;
  const metadata: Expiry[] = expires ? [{ gun, role, what, expires, isRenewed: renewed.has(role) }] : [];
  if (role !== ROOT) return metadata;
  const certificates = readRoot(envelope)?.certificates(gun) ?? [];
  return [
    ...metadata,
    ...certificates.map(
      ({ key: { keyid }, leaf: { notAfter } }): Expiry => ({
        gun,
        role,
        what: { kind: 'certificate', keyid },
        expires: notAfter,
        isRenewed: false,
      }),
    ),
  ];
}

/** Of timestamp and snapshot those that this server has a key for; of none when root, by which they are verified, has run out. */
async function findRenewed(
  { query }: NotaryDatabase,
  gun: string,
  roles: readonly CurrentRole[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const envelope = roles.find(({ role }) => role === ROOT)?.envelope;
  const root = envelope && readRoot(envelope);
  if (!root || (findInstant(root.expires)?.getTime() ?? 0) <= now.getTime()) return new Set();
  const keys = await query.selectFrom('server_keys').select(['keyid', 'role']).where('gun', '=', gun).execute();
  const isHeld = (name: 'timestamp' | 'snapshot'): boolean =>
    root.keyids(name).some((keyid) => keys.some((key) => key.keyid === keyid && key.role === name));
  return new Set(([TIMESTAMP, SNAPSHOT] as const).filter((name) => isHeld(name as 'timestamp' | 'snapshot')));
}

function readRoot({ signed }: NonNullable<CurrentRole['envelope']>) {
  try {
    const root = parseRoot(signed);
    return {
      expires: root.expires,
      certificates: (gun: Gun) => listRootCertificates(root, gun),
      keyids: (name: 'timestamp' | 'snapshot') => [...root.roles].find(([role]) => role === name)?.[1].keyids ?? [],
    };
  } catch (thrown) {
    if (isTufError(thrown)) return undefined; // `notary-server verify` says so
    throw thrown;
  }
}
