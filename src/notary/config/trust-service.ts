import type { Section } from '../../settings/index.ts';
import { KEY_ALGORITHMS } from '../keys/key-algorithm.ts';
import { readPath } from './path.ts';
import type { TrustServiceConfig } from './server-config.ts';

/** As in the original, whose local service makes Ed25519 keys whatever it is told. */
const INEFFECTIVE = new Map([['key_algorithm', 'the trust service is local: see trustsandbox.key_algorithm']]);
const REMOTE_KEYS = ['hostname', 'port', 'key_algorithm', 'tls_ca_file', 'tls_client_cert', 'tls_client_key'];

/** `trust_service`: keys of the server's own (the default), or of a signer. */
export function readTrustService(section: Section, folder: string): TrustServiceConfig {
  const type = section.oneOf('type', ['local', 'remote']) ?? 'local';
  if (type === 'local') {
    for (const key of REMOTE_KEYS) section.ineffective(key, INEFFECTIVE.get(key) ?? 'the trust service is local');
    return { kind: 'local', secret: undefined };
  }
  const [certFile, keyFile] = [
    readPath(section, 'tls_client_cert', folder),
    readPath(section, 'tls_client_key', folder),
  ];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const missing = certFile === undefined ? 'tls_client_cert' : 'tls_client_key';
    section.problem(missing, 'must be given: certificate and key go together');
  }
  section.requiredText('port');
  const keyAlgorithm = section.oneOf('key_algorithm', KEY_ALGORITHMS);
  if (!keyAlgorithm) section.problem('key_algorithm', `must be given: ${KEY_ALGORITHMS.join(' or ')}`);
  return {
    kind: 'remote',
    hostname: section.requiredText('hostname'),
    port: section.integer('port', { min: 1, max: 65_535 }) ?? 0,
    keyAlgorithm: keyAlgorithm ?? 'ecdsa',
    tls: { caFile: readPath(section, 'tls_ca_file', folder), certFile, keyFile },
  };
}
