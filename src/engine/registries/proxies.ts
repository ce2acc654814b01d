import { BlockList, isIP } from 'node:net';

/** Proxies by the scheme of what is asked for, as URLs, and what is asked without one. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** `NO_PROXY`'s list: names with all below them, `.names` below alone, addresses, networks; each may have a port; `*`. */
  readonly direct: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

/** What `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, in capitals or not, as Go's programs read them. */
export function parseProxyEnvironment(env: Environment): ProxySettings {
  const read = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  return { http: read('HTTP_PROXY'), https: read('HTTPS_PROXY'), direct: listOf(read('NO_PROXY')) };
}

/** `a, b`, without what is empty. */
export function listOf(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== '');
}

/** The proxy for a registry; undefined where it is asked directly, as loopback always is. */
export function findProxy({ http, https, direct }: ProxySettings, baseUrl: string): string | undefined {
  const url = new URL(baseUrl);
  const proxy = url.protocol === 'https:' ? https : http;
  if (!proxy || isLoopback(url.hostname) || direct.some((rule) => isDirect(rule, url))) return undefined;
  const whole = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(whole) ? whole : undefined;
}

function isDirect(rule: string, url: URL): boolean {
  if (rule === '*') return true;
  const host = plainHost(url.hostname);
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(isIP(rule) === 6 ? `[${rule}]` : rule) ?? [];
  if (port !== undefined && port !== (url.port || DEFAULT_PORTS.get(url.protocol))) return false;
  const plain = plainHost(name);
  if (plain.includes('/')) return isInNetwork(host, plain);
  if (plain.startsWith('.')) return host.endsWith(plain);
  if (plain.startsWith('*.')) return host.endsWith(plain.slice(1));
  return host === plain || host.endsWith(`.${plain}`);
}

function isLoopback(hostname: string): boolean {
  const host = plainHost(hostname);
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const version = isIP(address);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const networks = new BlockList();
  networks.addSubnet(address, Number(bits), family);
  return networks.check(host, family);
}

function plainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}
