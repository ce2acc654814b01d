import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RepositoryName } from '../../core/index.ts';
import type { UploadId } from '../upload-id.ts';

const MAX_STATE_LENGTH = 4096;
const MAC_BYTES = 32;

/**
 * What `_state` in the URL of an upload says: how many bytes there were when the client was given it. The number itself,
 * which any server over the same store can read; what it says is compared with the store, so nothing is gained by making
 * one up. With a secret (`http.secret`) what CNCF distribution writes there, so that a client may go on at one: base64url
 * of HMAC-SHA256 and JSON (registry/handlers/hmac.go).
 */
export function formatUploadState(
  secret: string | undefined,
  name: RepositoryName,
  id: UploadId,
  offset: number,
): string {
  if (secret === undefined) return String(offset);
  const json = Buffer.from(JSON.stringify({ Name: name, UUID: id, Offset: offset, StartedAt: '0001-01-01T00:00:00Z' }));
  const text = Buffer.concat([macOf(secret, json), json]).toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '='); // Go's decoder wants its padding
}

/** The offset, when the state was given by us or somebody with the same secret, for this upload. */
export function findUploadOffset(
  secret: string | undefined,
  name: RepositoryName,
  id: UploadId,
  text: string,
): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (secret === undefined || text.length > MAX_STATE_LENGTH) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const [mac, json] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
  if (mac.byteLength < MAC_BYTES || !timingSafeEqual(mac, macOf(secret, json))) return undefined;
  const { Name, UUID, Offset } = JSON.parse(json.toString('utf8')) as Record<string, unknown>; // signed: as we wrote it
  if (Name !== name || UUID !== id || !Number.isSafeInteger(Offset) || Number(Offset) < 0) return undefined;
  return Number(Offset);
}

function macOf(secret: string, json: Buffer): Buffer {
  return createHmac('sha256', secret).update(json).digest();
}
