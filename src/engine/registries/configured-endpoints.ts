import { BlockList, isIP } from 'node:net';
import { DEFAULT_DOMAIN, isJsonObject, type JsonValue, parseJson, TrustSandboxError } from '../../core/index.ts';
import { defaultEndpoints, type EngineEndpoint, type ResolveRegistry } from '../registry-access.ts';
import { readCertificates } from './certificates.ts';
import { findProxy, listOf, type ProxySettings, parseProxyEnvironment } from './proxies.ts';

/** What is configured of registries, as dockerd's `daemon.json` has it. */
export interface RegistriesConfig {
  /** `registry-mirrors`: asked before Docker Hub, for pulls only. */
  readonly mirrors: readonly string[];
  /** `insecure-registries`: names, or networks like `10.0.0.0/8`. */
  readonly insecure: readonly string[];
  /** `proxies`, or else what the environment says. */
  readonly proxies?: ProxySettings;
}

/** A configuration of registries that makes no sense. */
export class RegistriesConfigError extends TrustSandboxError {
  readonly code = 'ENGINE_REGISTRIES_CONFIG';
}

const MAX_CONFIG_BYTES = 256 * 1024;

/**
 * Reads the settings of a `daemon.json` that are about registries; where it says nothing of proxies the environment's hold.
 * @throws {RegistriesConfigError}
 */
export function parseRegistriesConfig(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): RegistriesConfig {
  const value = parseJson(text, { maxBytes: MAX_CONFIG_BYTES });
  if (!isJsonObject(value)) throw new RegistriesConfigError('daemon.json is no object');
  const mirrors = textsOf('registry-mirrors', value['registry-mirrors']).map(mirrorOf);
  const insecure = textsOf('insecure-registries', value['insecure-registries']);
  for (const name of insecure)
    if (name.includes('://')) throw new RegistriesConfigError(`insecure registry ${name} should not contain '://'`);
  return { mirrors, insecure, proxies: proxiesOf(value.proxies, parseProxyEnvironment(environment)) };
}

/**
 * Where a registry's name leads by configuration: mirrors, then what `defaultEndpoints` says, with the certificates that
 * `certificates`, a folder like `/etc/docker/certs.d`, has for it.
 */
export function configuredEndpoints(
  { mirrors, insecure, proxies }: RegistriesConfig,
  certificates?: string,
): ResolveRegistry {
  const endpoint = (given: EngineEndpoint): EngineEndpoint => {
    const { host } = new URL(given.baseUrl);
    const proxy = proxies && findProxy(proxies, given.baseUrl);
    const one = { ...given, ...(proxy !== undefined && { proxy }) };
    return certificates && one.baseUrl.startsWith('https:') ? { ...one, ...readCertificates(certificates, host) } : one;
  };
  return (domain) => {
    const names = insecure.filter((name) => !name.includes('/'));
    const isInsecure = names.includes(domain) || isInNetworks(domain, insecure);
    const own = defaultEndpoints(domain, isInsecure ? [domain] : []);
    const before = domain === DEFAULT_DOMAIN ? mirrors.map((baseUrl) => ({ baseUrl, pullOnly: true })) : [];
    return [...before, ...own].map(endpoint);
  };
}

/** `http-proxy`, `https-proxy` and `no-proxy`, each in the place of the environment's. */
function proxiesOf(value: JsonValue | undefined, fallback: ProxySettings): ProxySettings {
  const text = (name: string): string | undefined => {
    const found = isJsonObject(value) ? value[name] : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  const direct = text('no-proxy');
  return {
    http: text('http-proxy') ?? fallback.http,
    https: text('https-proxy') ?? fallback.https,
    direct: direct === undefined ? fallback.direct : listOf(direct),
  };
}

/** Scheme and host, no path. */
function mirrorOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOne = url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
  if (!isOne || url.pathname.replace(/\/+$/, '') !== '') throw new RegistriesConfigError(`invalid mirror: ${text}`);
  return url.origin;
}

function isInNetworks(domain: string, insecure: readonly string[]): boolean {
  const { hostname } = new URL(`http://${domain}`);
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  if (version === 0) return false;
  const networks = new BlockList();
  for (const name of insecure) {
    const [network = '', bits = ''] = name.split('/');
    const family = isIP(network);
    const isOne = family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
    if (isOne) networks.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function textsOf(name: string, value: JsonValue | undefined): string[] {
  if (value === undefined) return [];
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  if (!Array.isArray(value) || !items.every((item) => typeof item === 'string')) {
    throw new RegistriesConfigError(`daemon.json: ${name} is no list of texts`);
  }
  return items as string[];
}
