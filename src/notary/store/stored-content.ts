import {
  type Envelope,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';

/** What a stored file says of itself, and of others. */
export interface Content {
  readonly version: number;
  readonly references: readonly (readonly [name: string, sha256: string])[];
}

/** @throws {TufError} it is not metadata of `role` */
export function readContent(role: RoleName, { signed }: Envelope): Content {
  if (role === ROOT) return { version: parseRoot(signed).version, references: [] };
  if (role !== TIMESTAMP && role !== SNAPSHOT) return { version: parseTargets(role, signed).version, references: [] };
  const { version, meta } = role === TIMESTAMP ? parseTimestamp(signed) : parseSnapshot(signed);
  return { version, references: [...meta].map(([name, file]) => [name, hashOf(file)] as const) };
}

/** Lower-case hex; empty where there is none. */
export function hashOf(meta: { readonly hashes: ReadonlyMap<string, Buffer> } | undefined): string {
  return meta?.hashes.get('sha256')?.toString('hex') ?? '';
}
