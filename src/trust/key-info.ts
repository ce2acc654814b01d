/** A private key as listed, still closed. `role` is `root`, `targets`, `snapshot` or a signer's name. */
export interface KeyInfo {
  /** Canonical keyid, which is also the file's name. */
  readonly keyid: string;
  readonly role: string;
  readonly gun: string | undefined;
  /** Label of the token that it is on; absent for key files. */
  readonly token?: string | undefined;
}

/** Only these roles' keys belong to one GUN; root and signers' keys serve any. */
export const ROLES_WITH_GUN: ReadonlySet<string> = new Set(['targets', 'snapshot', 'timestamp']);

/** Whether text can name a key, and so its file. */
export function isKeyid(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
