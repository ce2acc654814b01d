import type { ListenAddress } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';

const HOST_AND_PORT = /^(?:\[([0-9A-Fa-f:.%a-z0-9]+)\]|([^:[\]]*)):(\d{1,5})$/;

/** `host:port`, `[::1]:port`, `:port` for all addresses of the machine, or the path of a unix socket. */
export function readAddress(section: Section, key: string, text: string, net: 'tcp' | 'unix'): ListenAddress {
  if (net === 'unix') return { kind: 'unix', path: text };
  const [, v6, host = v6 ?? '', port] = HOST_AND_PORT.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    section.problem(key, `want host:port, found ${JSON.stringify(text.slice(0, 100))}`);
  }
  return { kind: 'tcp', host: host === '' ? '::' : host, port: Number(port ?? 0) };
}

/** Can others than this machine reach it? */
export function isBeyondLoopback(address: ListenAddress): boolean {
  if (address.kind === 'unix') return false;
  return !/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(address.host);
}
