import { isIP } from 'node:net';
import { parseTcpAddress } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../keys/key-algorithm.ts';
import type { SecretSource } from '../keys/secret-source.ts';
import { readPath } from './path.ts';
import type { ServerConfig, TrustServiceConfig } from './server-config.ts';

type OwnSettings = Pick<
  ServerConfig,
  'trustService' | 'hasAudit' | 'retention' | 'maxUploadBytes' | 'debugAddress' | 'trustedProxies' | 'drainMs'
>;

const DEFAULT_DRAIN_MS = 10_000;

/** `trustsandbox`: what this server has and the original does not, under a name that the original passes over. */
export function readOwn(section: Section, trustService: TrustServiceConfig, folder: string): OwnSettings {
  const retention = section.section('retention');
  const secret = readSecretSource(section, trustService, folder);
  return {
    trustService:
      trustService.kind === 'local' ? { ...trustService, secret, ...readKeyAlgorithm(section) } : trustService,
    hasAudit: section.boolean('audit') ?? true,
    retention: {
      keepVersions: retention.integer('keep_versions', { min: 1 }),
      keepMs: retention.duration('keep_for'),
    },
    maxUploadBytes: section.integer('max_upload_bytes', { min: 1024 }),
    debugAddress: readDebugAddress(section),
    trustedProxies: readProxies(section),
    drainMs: section.duration('drain_timeout') ?? DEFAULT_DRAIN_MS,
  };
}

/** What seals the keys in the database: `key_file`, of random bytes, or `passphrase_file`. */
function readSecretSource(section: Section, { kind }: TrustServiceConfig, folder: string): SecretSource | undefined {
  const [keyFile, passphraseFile] = [
    readPath(section, 'key_file', folder),
    readPath(section, 'passphrase_file', folder),
  ];
  if (kind === 'remote') {
    for (const key of ['key_file', 'passphrase_file', 'key_algorithm'])
      section.ineffective(key, 'the keys are with a signer');
    return undefined;
  }
  if (keyFile !== undefined && passphraseFile !== undefined)
    section.problem('passphrase_file', 'stands beside key_file: want one of them');
  if (passphraseFile !== undefined) return { kind: 'passphrase-file', path: passphraseFile };
  return keyFile === undefined ? undefined : { kind: 'key-file', path: keyFile };
}

/** Of new keys. `trust_service.key_algorithm` is for signers: the original's local service makes Ed25519 whatever it says. */
function readKeyAlgorithm(section: Section): { readonly keyAlgorithm?: KeyAlgorithm } {
  const keyAlgorithm = section.oneOf('key_algorithm', KEY_ALGORITHMS);
  return keyAlgorithm === undefined ? {} : { keyAlgorithm };
}

function readDebugAddress(section: Section): ServerConfig['debugAddress'] {
  const text = section.text('debug_addr');
  if (text === undefined || text === '') return undefined;
  const address = parseTcpAddress(text);
  if (!address) section.problem('debug_addr', `want host:port, found ${JSON.stringify(text.slice(0, 100))}`);
  return address;
}

/** IP addresses, in a list or with spaces between. */
function readProxies(section: Section): readonly string[] {
  const proxies = section.texts('trusted_proxies').flatMap((text) => text.split(/\s+/).filter((each) => each !== ''));
  for (const proxy of proxies) {
    if (isIP(proxy) === 0) section.problem('trusted_proxies', `want IP addresses, found ${JSON.stringify(proxy)}`);
  }
  return proxies;
}
