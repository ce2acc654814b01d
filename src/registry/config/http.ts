import type { ListenAddress, TlsVersion } from '../../http/index.ts';
import { CIPHER_SUITES, CLIENT_AUTH, type ClientAuth } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';
import { readAddress } from './address.ts';

export interface TlsConfig {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCas: readonly string[];
  readonly clientAuth: ClientAuth;
  readonly minimum: TlsVersion;
  /** In OpenSSL's spelling; empty for the usual ones. */
  readonly cipherSuites: readonly string[];
}

export interface HttpConfig {
  readonly address: ListenAddress;
  /** `/prefix`, or empty. */
  readonly prefix: string;
  /** `https://registry.example.com`: how clients reach this server, when not as they say. */
  readonly host: string | undefined;
  readonly isRelative: boolean;
  /** Signs the state of uploads that clients carry; the same for all replicas. */
  readonly secret: string | undefined;
  /** How long requests that are being served may go on after the signal to stop. */
  readonly drainMs: number;
  readonly tls: TlsConfig | undefined;
  /** On every answer. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly debug: { readonly address: ListenAddress; readonly metricsPath: string | undefined } | undefined;
}

const DEFAULT_ADDRESS = '127.0.0.1:5000';
const DEFAULT_DRAIN_MS = 10_000;
const TLS_VERSIONS: Readonly<Record<string, TlsVersion>> = {
  'tls1.0': 'TLSv1',
  'tls1.1': 'TLSv1.1',
  'tls1.2': 'TLSv1.2',
  'tls1.3': 'TLSv1.3',
};

export function readHttp(section: Section): HttpConfig {
  const net = section.oneOf('net', ['tcp', 'unix']) ?? 'tcp';
  section.section('http2').accept('disabled'); // HTTP/1.1 is all there is
  section.ineffective('h2c', 'this server speaks HTTP/1.1');
  return {
    address: readAddress(section, 'addr', section.text('addr') ?? DEFAULT_ADDRESS, net),
    prefix: readPrefix(section),
    host: readHost(section),
    isRelative: section.boolean('relativeurls') ?? false,
    secret: section.text('secret'),
    drainMs: section.duration('draintimeout') ?? DEFAULT_DRAIN_MS,
    tls: readTls(section.section('tls')),
    headers: readHeaders(section),
    debug: readDebug(section.section('debug')),
  };
}

function readPrefix(section: Section): string {
  const prefix = (section.text('prefix') ?? '').replace(/^\/*|\/+$/g, '');
  if (!/^[A-Za-z0-9._~/-]*$/.test(prefix)) section.problem('prefix', 'want the beginning of a path, /registry/');
  return prefix === '' ? '' : `/${prefix}`;
}

function readHost(section: Section): string | undefined {
  const host = section.text('host');
  if (host === undefined || host === '') return undefined;
  const isUrl = /^https?:\/\//.test(host) && URL.canParse(host);
  if (!isUrl) section.problem('host', 'want a URL, https://registry.example.com');
  return host.replace(/\/+$/, '');
}

/** Without its certificate a server that is to speak TLS would speak without: each half of that is a problem. */
function readTls(section: Section): TlsConfig | undefined {
  const [certificate, key] = [section.text('certificate'), section.text('key')];
  const clientCas = section.texts('clientcas');
  const clientAuth = section.oneOf('clientauth', CLIENT_AUTH);
  const minimum = section.oneOf('minimumtls', Object.keys(TLS_VERSIONS)) ?? 'tls1.2';
  const cipherSuites = section.texts('ciphersuites').map((name) => readCipherSuite(section, name));
  const hasLetsEncrypt = section.section('letsencrypt').isGiven;
  section.section('letsencrypt').plain();
  if (certificate === undefined && key === undefined) {
    if (hasLetsEncrypt) section.problem('letsencrypt', 'is not supported: give certificate and key');
    else if (clientCas.length > 0) section.problem('clientcas', 'needs certificate and key');
    return undefined;
  }
  if (certificate === undefined) section.problem('certificate', 'must be given, for key is');
  if (key === undefined) section.problem('key', 'must be given, for certificate is');
  if (clientAuth !== undefined && clientAuth !== 'request-client-cert' && clientCas.length === 0) {
    if (clientAuth !== 'require-any-client-cert') section.problem('clientauth', 'needs clientcas');
  }
  return {
    certificate: certificate ?? '',
    key: key ?? '',
    clientCas,
    clientAuth: clientAuth ?? (clientCas.length > 0 ? 'require-and-verify-client-cert' : 'none'),
    minimum: TLS_VERSIONS[minimum] ?? 'TLSv1.2',
    cipherSuites,
  };
}

function readCipherSuite(section: Section, name: string): string {
  const found = CIPHER_SUITES.get(name);
  if (found === undefined)
    section.problem('ciphersuites', `${name} is not known: want names such as TLS_AES_128_GCM_SHA256`);
  return found ?? '';
}

function readHeaders(section: Section): ReadonlyMap<string, readonly string[]> {
  const headers = section.textLists('headers');
  for (const [name, values] of headers) {
    const isFine =
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && values.every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
    if (!isFine) section.problem('headers', `${JSON.stringify(name)}: not a header and its values (RFC 9110 §5)`);
  }
  return headers;
}

function readDebug(section: Section): HttpConfig['debug'] {
  const addr = section.text('addr');
  const prometheus = section.section('prometheus');
  const isEnabled = prometheus.boolean('enabled') ?? false;
  const path = prometheus.text('path') ?? '/metrics';
  if (addr === undefined || addr === '') {
    if (isEnabled) section.warn('prometheus', 'has no effect without http.debug.addr');
    return undefined;
  }
  return { address: readAddress(section, 'addr', addr, 'tcp'), metricsPath: isEnabled ? path : undefined };
}
