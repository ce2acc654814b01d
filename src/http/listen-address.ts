import type { ListenAddress } from './listen.ts';

const HOST_AND_PORT = /^(?:\[([0-9A-Fa-f:.%a-z0-9]+)\]|([^:[\]]*)):(\d{1,5})$/;

/** `host:port`, `[::1]:port`, or `:port` for all addresses of the machine; `undefined` when it is none of them. */
export function parseTcpAddress(text: string): Extract<ListenAddress, { kind: 'tcp' }> | undefined {
  const [, v6, host = v6 ?? '', port] = HOST_AND_PORT.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { kind: 'tcp', host: host === '' ? '::' : host, port: Number(port) };
}

/** Can others than this machine reach it? */
export function isBeyondLoopback(address: ListenAddress): boolean {
  if (address.kind === 'unix') return false;
  return !/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(address.host);
}
