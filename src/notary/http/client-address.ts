import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Most entries of `X-Forwarded-For` that are looked at. */
const MAX_HOPS = 32;

/**
 * IP address that a request came from. What proxies say (`X-Forwarded-For`) counts only as far as each that says it is one of
 * `trustedProxies`: everybody else may write what they like there.
 */
export function clientAddress(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  trustedProxies: ReadonlySet<string>,
): string | undefined {
  let address = plainAddress(socket.remoteAddress ?? '');
  const header = headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').slice(-MAX_HOPS).reverse();
  for (const hop of hops) {
    if (!trustedProxies.has(address)) break;
    const before = plainAddress(hop.trim());
    if (isIP(before) === 0) break;
    address = before;
  }
  return address === '' ? undefined : address;
}

/** IPv4 as IPv4, where a socket takes both. */
function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
