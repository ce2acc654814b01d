import { errorMessage, TrustSandboxError } from '../core/index.ts';

/**
 * docker's sentence for what went wrong with a repository's trust data (docs/wire/trust-directory.md, "Errors"). What is
 * not in the table is printed as it is. `repository` is the full name, registry and all.
 */
export function describeTrustError(repository: string, error: unknown): string {
  const message = errorMessage(error);
  const describe = error instanceof TrustSandboxError ? SENTENCES.get(error.code) : undefined;
  return describe ? describe(repository, message) : message;
}

type Sentence = (repository: string, message: string) => string;

const suspicion = 'Warning: potential malicious behavior - trust data';

/** docker means to have one for roots that do not match, too; it never comes to it, and roots are told of bare. */
const SENTENCES: ReadonlyMap<string, Sentence> = new Map<string, Sentence>([
  ['TUF_EXPIRED', (name, message) => `Error: remote repository ${name} out-of-date: ${message}`],
  [
    'SIGNING_KEY_NOT_FOUND',
    (name, message) => `Error: signing keys for remote repository ${name} not found: ${message}`,
  ],
  ['NOTARY_NETWORK', (_, message) => `Error: error contacting notary server: ${message}`],
  [
    'NOTARY_REMOTE_NOT_FOUND',
    (name, message) =>
      `Error: trust data missing for remote repository ${name} or remote repository not found: ${message}`,
  ],
  [
    'TRUST_NO_SIGNING_KEYS',
    (name, message) =>
      `Error: could not find signing keys for remote repository ${name}, or could not decrypt signing key: ${message}`,
  ],
  [
    'TUF_ROLLBACK',
    (name, message) => `${suspicion} version is lower than expected for remote repository ${name}: ${message}`,
  ],
  [
    'TUF_THRESHOLD',
    (name, message) => `${suspicion} has insufficient signatures for remote repository ${name}: ${message}`,
  ],
  ...['TUF_SUPPRESSED', 'TUF_SAME_VERSION', 'TRUST_ROOT_GAP'].map((code): [string, Sentence] => [
    code,
    (name, message) => `${suspicion} is not what it was for remote repository ${name}: ${message}`,
  ]),
  ['TRUST_NOT_FOUND', (name, message) => `Error: remote trust data does not exist for ${name}: ${message}`],
  [
    'TRUST_INSUFFICIENT_SIGNATURES',
    (name, message) =>
      `Error: could not produce valid signature for ${name}.  If Yubikey was used, was touch input provided?: ${message}`,
  ],
]);
