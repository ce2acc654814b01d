import { type ExternalKey, type ListedTokenKey, Pkcs11Token, TokenPinError } from '../pki/index.ts';
import { type PublicKey, publicKeyOf } from '../tuf/index.ts';
import type { KeyInfo } from './key-info.ts';

/** A private key on a token. */
export interface TokenKey extends KeyInfo {
  readonly publicKey: PublicKey;
  /** Asks for the PIN if need be. @throws {TokenPinError | TokenError} */
  open(): Promise<ExternalKey>;
}

/** Keys that a key store has besides its files. */
export interface KeyToken {
  /** Without a PIN. @throws {TokenError | Pkcs11MissingError} */
  list(): Promise<readonly TokenKey[]>;
  /** Makes a key that never leaves the token. @throws {TokenPinError | TokenError} */
  create(owner: { readonly role: string; readonly gun?: string | undefined }): Promise<TokenKey>;
}

/** Gets a token's PIN, once; undefined when there is none to be had. */
export type AskPin = (token: string) => Promise<string | undefined>;

/**
 * The EC keys of a PKCS #11 token. A key's label says whose it is: its role, and after a space the repository of those
 * that belong to one (`root`, `alice`, `targets example.com/app`).
 */
export function openKeyToken(
  { library, label }: { readonly library: string; readonly label: string | undefined },
  askPin: AskPin,
): KeyToken {
  let token: Pkcs11Token | undefined;
  let loggedIn: Promise<void> | undefined;
  const open = (): Pkcs11Token => {
    token ??= Pkcs11Token.open(library, label);
    return token;
  };
  const login = (): Promise<void> => {
    loggedIn ??= askPin(open().label).then((pin) => {
      if (pin === undefined) throw new TokenPinError(`there is no PIN for token ${open().label}`);
      open().login(pin);
    });
    return loggedIn;
  };
  const keyOf = (listed: ListedTokenKey): TokenKey => {
    const [role = '', gun] = listed.label.split(' ', 2);
    const publicKey = publicKeyOf(listed.publicKey);
    return {
      keyid: publicKey.canonicalKeyid,
      role,
      gun,
      token: open().label,
      publicKey,
      async open() {
        await login();
        return open().open(listed);
      },
    };
  };
  return {
    list: async () => open().list().map(keyOf),
    async create({ role, gun }) {
      await login();
      return keyOf(open().generate(gun === undefined ? role : `${role} ${gun}`));
    },
  };
}
