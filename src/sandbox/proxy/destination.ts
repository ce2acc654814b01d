import type { NetworkNames } from '../network-names.ts';

/** A box that asks a proxy to be connected, as the proxy knows it. */
export interface ProxyUser {
  /** Its service. */
  readonly name: string;
  /** Those it shares a network with. */
  readonly names: NetworkNames;
}

/** Where a name leads for a box, or why it leads nowhere. */
export type Destination =
  | { readonly kind: 'place'; readonly host: string; readonly port: number }
  | { readonly kind: 'refused'; readonly why: string };

/** The box's own door to a service; what is no service's name leads where it does on this machine. */
export function findDestination(
  { name, names }: ProxyUser,
  { host, port }: { readonly host: string; readonly port: number },
  isService: (host: string) => boolean,
): Destination {
  const found = names.find(host, port);
  if (found) return { kind: 'place', host: found.host, port: found.port };
  if (isService(host)) return { kind: 'refused', why: `${name} shares no network with ${host}` };
  return { kind: 'place', host, port };
}

/** `name:port`, `127.0.0.1:443`, `[::1]:443`, as a CONNECT request names its target (RFC 9112 §3.2.3); undefined for another text. */
export function parseAuthority(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:@/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}

/** The target of a request for an `http:` URL in absolute form (RFC 9112 §3.2.2), and the path there; undefined for another text. */
export function parseAbsoluteForm(
  text: string,
): { readonly host: string; readonly port: number; readonly path: string } | undefined {
  const [, authority = '', path = ''] = /^http:\/\/([^/?#\s]+)([/?][^#\s]*)?$/i.exec(text) ?? [];
  const target = parseAuthority(/:\d+$/.test(authority) ? authority : `${authority}:80`);
  return target && { ...target, path: path.startsWith('/') ? path : `/${path}` };
}
