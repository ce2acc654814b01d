import { TrustSandboxError } from '../../core/index.ts';
import { KeyWrapper } from './key-wrap.ts';

/** A passphrase that keys are encrypted with is not given, or is the wrong one. */
export class AliasPassphraseError extends TrustSandboxError {
  readonly code = 'NOTARY_ALIAS_PASSPHRASE';
  readonly alias: string;
  constructor(alias: string, message: string, options?: ErrorOptions) {
    super(`alias ${JSON.stringify(alias)}: ${message}`, options);
    this.alias = alias;
  }
}

/** Passphrases by the aliases that the database names them by, without regard to case, as variables have none. */
export class Passphrases {
  readonly #byAlias: ReadonlyMap<string, KeyWrapper>;

  constructor(passphrases: Iterable<readonly [alias: string, passphrase: Buffer]>) {
    this.#byAlias = new Map(
      [...passphrases].map(([alias, passphrase]) => [alias.toUpperCase(), new KeyWrapper(passphrase)]),
    );
  }

  has(alias: string): boolean {
    return this.#byAlias.has(alias.toUpperCase());
  }

  /** What encrypts and opens keys with an alias's passphrase. @throws {AliasPassphraseError} */
  get(alias: string): KeyWrapper {
    const wrapper = this.#byAlias.get(alias.toUpperCase());
    if (wrapper) return wrapper;
    throw new AliasPassphraseError(alias, `no passphrase is given, neither by file nor by variable`);
  }
}
