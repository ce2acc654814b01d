import { TrustSandboxError } from '../core/index.ts';

/** A question for a passphrase. */
export interface PassphraseRequest {
  /** Canonical keyid; undefined where the key is not known yet (a key file being read in). */
  readonly keyid: string | undefined;
  /** `root`, `targets`, `snapshot`, or the name of a signer. */
  readonly role: string;
  /** For a key about to be written: it is to be asked twice, and must not be too short. */
  readonly isNew: boolean;
  /** How often this key was asked for before in this try to open or write it; 0 at first. */
  readonly attempt: number;
}

export type PassphraseAnswer =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** Not usable (too short, not repeated alike): a new key is asked for again, an existing one given up. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'give-up' };

/** Where passphrases come from. They are never logged, nor put into errors. */
export interface PassphraseSource {
  ask(request: PassphraseRequest): Promise<PassphraseAnswer>;
}

/** Times that one key's passphrase is asked for at most. */
export const MAX_PASSPHRASE_ATTEMPTS = 12;

/** A passphrase was asked for again and again, and none was usable. */
export class PassphraseAttemptsError extends TrustSandboxError {
  readonly code = 'PASSPHRASE_ATTEMPTS';
  constructor() {
    super('maximum number of passphrase attempts exceeded');
  }
}

/** Asks for the passphrase of a key about to be written. @throws {PassphraseAttemptsError} */
export async function askNewPassphrase(
  source: PassphraseSource,
  { keyid, role }: Pick<PassphraseRequest, 'keyid' | 'role'>,
): Promise<string> {
  for (let attempt = 0; attempt < MAX_PASSPHRASE_ATTEMPTS; attempt += 1) {
    const answer = await source.ask({ keyid, role, isNew: true, attempt });
    if (answer.kind === 'passphrase') return answer.passphrase;
    if (answer.kind === 'give-up') break;
  }
  throw new PassphraseAttemptsError();
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * docker's environment variables, and `next` where they are not set. One serves root keys, the other all others. No
 * length is asked of a passphrase given this way; a wrong one is tried twice, then the key is given up.
 */
export function environmentPassphrases(env: Environment, next: PassphraseSource): PassphraseSource {
  return {
    async ask(request) {
      const name = request.role === 'root' ? 'ROOT' : 'REPOSITORY';
      const passphrase = env[`DOCKER_CONTENT_TRUST_${name}_PASSPHRASE`];
      if (!passphrase) return next.ask(request);
      return request.attempt > 1 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase };
    },
  };
}
