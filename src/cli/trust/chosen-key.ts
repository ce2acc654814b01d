import type { KeyInfo, KeyStore } from '../../trust/index.ts';
import { ContentTrustError } from './trust-error.ts';

const MIN_PREFIX = 7;
const HEX = /^[0-9a-f]+$/;

/** The key that a keyid, or the beginning of one, names. @throws {ContentTrustError} none, or several */
export async function chosenKey(keys: KeyStore, text: string): Promise<KeyInfo> {
  const isPrefix = text.length >= MIN_PREFIX && HEX.test(text);
  const found = isPrefix ? (await keys.list()).filter(({ keyid }) => keyid.startsWith(text)) : [];
  const [first, ...more] = found;
  if (!first) throw new ContentTrustError(`no such key: ${text}`);
  if (more.length > 0) throw new ContentTrustError(`${text} names ${found.length} keys: more of the id is needed`);
  return first;
}
