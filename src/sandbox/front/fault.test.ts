import { expect, test } from 'vitest';
import { formatFault, isMatch, parseFault } from './fault.ts';

test.each([
  ['latency=300ms', { latencyMs: 300 }],
  ['latency=1.5s', { latencyMs: 1500 }],
  ['status=503 times=2', { status: 503, times: 2 }],
  ['drop=10%', { drop: 0.1 }],
  ['drop=0.25', { drop: 0.25 }],
  ['truncate', { truncate: 'half' }],
  ['truncate=0', { truncate: 0 }],
  ['slow=1KB/s', { bytesPerSecond: 1000 }],
  ['slow=2MiB/s latency=1s', { bytesPerSecond: 2 * 1024 * 1024, latencyMs: 1000 }],
])('%s is a fault, and is read again as it is written', (text, expected) => {
  const fault = parseFault(text.split(' '));
  expect(fault).toEqual({ match: {}, ...expected });
  expect(parseFault(formatFault(fault).split(' '))).toEqual(fault);
});

test.each([
  [{ route: '/v2/*/manifests/*' }, true],
  [{ route: '/v2/a/manifests/1' }, true],
  [{ route: '/v2/a' }, false],
  [{ route: '*/1' }, true],
  [{ route: '*/manifests' }, false],
  [{ route: '/v2/*a/manifests/1*1' }, false],
  [{ method: 'GET', client: 'docker/*' }, true],
  [{ method: 'PUT' }, false],
  [{ client: 'notary*' }, false],
  [{ from: 'alice' }, true],
  [{ from: 'a*' }, true],
  [{ from: 'bob' }, false],
])('a request for a manifest by docker meets what is for %j: %s', (match, isMet) => {
  const request = { method: 'GET', path: '/v2/a/manifests/1', userAgent: 'docker/28.2.2', from: 'alice' };
  expect(isMatch(match, request)).toBe(isMet);
});

test('a request of the host is from no box', () => {
  const request = { method: 'GET', path: '/', userAgent: '', from: undefined };
  expect(isMatch({ from: '*' }, request)).toBe(false);
  expect(isMatch({}, request)).toBe(true);
});
