import { createHash } from 'node:crypto';
import {
  formatCanonicalJson,
  isJsonObject,
  type JsonObject,
  parseJson,
  TrustSandboxError,
} from '../../../core/index.ts';
import type { Actor } from '../../actor.ts';

/** What may be done to a store. `sign`: timestamp and snapshot signed again when they were read. */
export const AUDIT_ACTIONS = [
  ...['publish', 'sign', 'delete', 'create-key', 'import', 'restore', 'prune', 'change-secret'],
] as const satisfies readonly string[];
export type AuditAction =
  | 'publish'
  | 'sign'
  | 'delete'
  | 'create-key'
  | 'import'
  | 'restore'
  | 'prune'
  | 'change-secret';

/** A file that was stored. `sha256` is lower-case hex. */
export interface AuditedFile {
  readonly role: string;
  readonly version: number;
  readonly sha256: string;
}

/** Something that was done, to be appended to the log. */
export interface AuditEvent {
  readonly at: Date;
  readonly action: AuditAction;
  /** The collection; absent for what concerns the whole store. */
  readonly gun?: string;
  readonly actor: Actor;
  readonly files?: readonly AuditedFile[];
  readonly key?: { readonly role: string; readonly keyid: string };
  /** A sentence for people: how many, from where. No secrets. */
  readonly note?: string;
}

/** One entry of the log. `previous` is the hash of the entry before it, zeros for the first. */
export interface AuditEntry extends Omit<AuditEvent, 'at' | 'actor'> {
  readonly sequence: number;
  /** RFC 3339, in milliseconds, UTC. */
  readonly at: string;
  readonly subject?: string;
  readonly address?: string;
  readonly previous: string;
}

/** `previous` of the first entry. */
export const NO_HASH = '0'.repeat(64);
const MAX_TEXT_LENGTH = 512;
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const HASH = /^[0-9a-f]{64}$/;

/** An entry of the log that is not in the form of one. */
export class AuditEntryInvalidError extends TrustSandboxError {
  readonly code = 'NOTARY_AUDIT_ENTRY';
}

/** The text of an entry, in canonical JSON (`docs/wire/notary-v1.md`), which its hash is of. */
export function formatEntry({ at, actor, ...event }: AuditEvent, sequence: number, previous: string): string {
  const { subject, address } = actor;
  const plain = {
    sequence,
    at: at.toISOString(),
    ...event,
    subject: subject === undefined ? undefined : plainText(subject),
    address: address === undefined ? undefined : plainText(address),
    note: event.note === undefined ? undefined : plainText(event.note),
    previous,
  };
  const given = Object.entries(plain).filter(([, value]) => value !== undefined);
  return formatCanonicalJson(Object.fromEntries(given) as unknown as JsonObject);
}

/** @throws {AuditEntryInvalidError} it is in no form that `formatEntry` gives */
export function parseEntry(text: string): AuditEntry {
  const value = readJson(text);
  const { sequence, at, action, previous } = value;
  const isPlain =
    Number.isSafeInteger(sequence) &&
    typeof at === 'string' &&
    AUDIT_ACTIONS.some((each) => each === action) &&
    typeof previous === 'string' &&
    HASH.test(previous) &&
    ['gun', 'subject', 'address', 'note'].every((name) => isTextOrAbsent(value[name])) &&
    isListOfFiles(value.files);
  if (!isPlain || formatCanonicalJson(value) !== text)
    throw new AuditEntryInvalidError('not an entry of the audit log');
  return value as unknown as AuditEntry; // checked on the lines above
}

/** Lower-case hex SHA-256 of an entry's text. */
export function hashEntry(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readJson(text: string): JsonObject {
  try {
    const value = parseJson(text, { maxBytes: MAX_ENTRY_BYTES });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new AuditEntryInvalidError('not an entry of the audit log', { cause });
  }
  throw new AuditEntryInvalidError('not an entry of the audit log');
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isListOfFiles(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    Array.isArray(value) &&
    value.every(
      ({ role, version, sha256 }) =>
        typeof role === 'string' && Number.isSafeInteger(version) && typeof sha256 === 'string' && HASH.test(sha256),
    )
  );
}

/** What others chose is cut short, and has no control characters: canonical JSON would not escape them. */
function plainText(text: string): string {
  return text
    .toWellFormed()
    .slice(0, MAX_TEXT_LENGTH)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd');
}
