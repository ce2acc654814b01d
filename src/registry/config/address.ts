import { type ListenAddress, parseTcpAddress } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';

/** `host:port`, `[::1]:port`, `:port` for all addresses of the machine, or the path of a unix socket. */
export function readAddress(section: Section, key: string, text: string, net: 'tcp' | 'unix'): ListenAddress {
  if (net === 'unix') return { kind: 'unix', path: text };
  const address = parseTcpAddress(text);
  if (!address) section.problem(key, `want host:port, found ${JSON.stringify(text.slice(0, 100))}`);
  return address ?? { kind: 'tcp', host: '::', port: 0 };
}
