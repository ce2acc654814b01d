import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

function addressOf(remoteAddress: string, forwarded: string | undefined, proxies: readonly string[] = []) {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return clientAddress({ socket: { remoteAddress } as Socket, headers }, new Set(proxies));
}

describe('the address that a request came from', () => {
  test.each([
    { what: 'is the other end of the connection', remote: '127.0.0.1', found: '127.0.0.1' },
    { what: 'is IPv4 where a socket takes both', remote: '::ffff:10.0.0.1', found: '10.0.0.1' },
    { what: 'is not what just anybody says', remote: '10.0.0.1', forwarded: '1.2.3.4', found: '10.0.0.1' },
    { what: 'is what a proxy says', remote: '10.0.0.1', forwarded: '1.2.3.4', proxies: ['10.0.0.1'], found: '1.2.3.4' },
    {
      what: 'is not what a client says to a proxy',
      remote: '10.0.0.1',
      forwarded: '6.6.6.6, 1.2.3.4',
      proxies: ['10.0.0.1'],
      found: '1.2.3.4',
    },
    {
      what: 'is before all proxies of a chain',
      remote: '10.0.0.1',
      forwarded: '6.6.6.6, 1.2.3.4,10.0.0.2',
      proxies: ['10.0.0.1', '10.0.0.2'],
      found: '1.2.3.4',
    },
    {
      what: 'is the proxy when it says what is none',
      remote: '10.0.0.1',
      forwarded: 'unknown',
      proxies: ['10.0.0.1'],
      found: '10.0.0.1',
    },
    { what: 'is unknown on a unix socket', remote: '', found: undefined },
  ])('$what', ({ remote, forwarded, proxies, found }) => {
    expect(addressOf(remote, forwarded, proxies)).toBe(found);
  });

  test('is never changed by a header that no proxy sent', () => {
    fc.assert(fc.property(fc.string(), (header) => addressOf('10.0.0.1', header, ['10.0.0.2']) === '10.0.0.1'));
  });
});
