import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import { formatRefusal, refusalOf } from '../../tuf/index.ts';
import { type Finding, problem } from './finding.ts';

/** What would mend each way in which trust data cannot be had. `name` is the repository's. */
const REMEDIES: ReadonlyMap<string, (name: string) => string> = new Map<string, (name: string) => string>([
  [
    'NOTARY_NETWORK',
    () =>
      'look at DOCKER_CONTENT_TRUST_SERVER, the network, and its authority: ca.crt in $DOCKER_CONFIG/tls/HOST:PORT (~/.docker/tls/…)',
  ],
  [
    'TRUST_NOT_FOUND',
    (name) => `push or trust sign ${name}; or another server has it: DOCKER_CONTENT_TRUST_SERVER, trustServers`,
  ],
  ['TRUST_TARGET_NOT_FOUND', (name) => `trustsandbox push or trust sign ${name}; what is signed: trust inspect`],
  [
    'TRUST_CACHED_ROOT',
    () => 'if the file was only damaged, remove it: the next root is trusted on first use; a backup has the one before',
  ],
  ['TUF_EXPIRED', (name) => `trustsandbox trust renew ${name}, where its keys are; or this machine's clock is wrong`],
  [
    'TUF_ROOT_INVALID',
    (name) => `its certificate may have run out, or this machine's clock be wrong: trust renew ${name}`,
  ],
  [
    'TUF_PIN_MISMATCH',
    () => 'if the root was meant to change, pin the new one; if not, somebody is between you and it',
  ],
  [
    'TUF_ROOT_ROTATION',
    (name) => `ask who holds the root key of ${name}; only if they began anew, forget what is known here`,
  ],
  [
    'TUF_ROLLBACK',
    () => 'the server gives older data than it gave before: a backup was restored, or somebody is at work',
  ],
  ['TUF_SAME_VERSION', () => 'the server tells different people different things: compare with what others are told'],
  [
    'TUF_SUPPRESSED',
    () => 'the server leaves a delegation out that it listed before: ask its signers whether they know',
  ],
  ['TRUST_ROOT_GAP', () => 'the server must give every version of root'],
  ['TRUST_LOCK_MISMATCH', () => 'if the change is meant, write the lockfile anew: trustsandbox trust lock'],
  ['TRUST_PINNING_INVALID', () => "mend trustPinning in docker's config.json"],
]);

const unfetched = (name: string): string => `Trust data of ${name} cannot be fetched`;
const unread = (name: string): string => `Nothing can be said of ${name}`;

/** What is no refusal. */
const SAID_OTHERWISE: ReadonlyMap<string, (name: string) => string> = new Map<string, (name: string) => string>([
  ['TRUST_NOT_FOUND', (name) => `Nothing of ${name} is signed`],
  ['TRUST_TARGET_NOT_FOUND', (name) => `${name} is not signed, and cannot be pulled`],
  ['NOTARY_NETWORK', unfetched],
  ['NOTARY_REMOTE_UNAVAILABLE', unfetched],
  ['TRUST_TOO_SLOW', unfetched],
  ['TRUST_PINNING_INVALID', unread],
  ['CLI_DOCKER_CONFIG', unread],
  ['TRUST_SERVER_INVALID', unread],
  ['TRUST_SERVERS_INVALID', unread],
]);

/** Why an update failed, as a finding. Things that nobody throws on purpose are thrown on. */
export function explainFailure(name: string, thrown: unknown): Finding {
  if (!(thrown instanceof TrustSandboxError)) throw thrown;
  const refusal = refusalOf(thrown);
  const what = SAID_OTHERWISE.get(thrown.code)?.(name) ?? `Trust data of ${name} is refused`;
  const says = `${what}: ${errorMessage(thrown).replace(/\.$/, '')}${refusal ? ` [${formatRefusal(refusal)}]` : ''}.`;
  const isLogin = thrown.code === 'NOTARY_REMOTE_UNAVAILABLE' && thrown.message.includes('401');
  return problem(
    thrown.code,
    says,
    isLogin ? 'log in: trustsandbox login REGISTRY' : REMEDIES.get(thrown.code)?.(name),
  );
}
