import type { KeyStore } from './key-store.ts';

/**
 * Writes a key anew, opened by one store and encrypted with the passphrases of another over the same directory, which must
 * not know the old one.
 * @throws as `KeyStore.open` and `KeyStore.add`
 */
export async function recodeKey(keyid: string, from: KeyStore, to: KeyStore): Promise<void> {
  const info = await from.find(keyid);
  const { role = '', gun } = info ?? {};
  await to.add(await from.open(keyid), { role, ...(gun !== undefined && { gun }) });
}
