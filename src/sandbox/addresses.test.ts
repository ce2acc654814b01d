import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import { planAddresses } from './addresses.ts';

test('on Linux each service has a loopback address of its own', () => {
  const { address, isOwn } = planAddresses('/state/page', 0, 'linux');
  expect(isOwn).toBe(true);
  const addresses = [0, 1, 2].map(address);
  expect(new Set(addresses).size).toBe(3);
  for (const each of addresses) expect(isIPv4(each) && each.startsWith('127.')).toBe(true);
});

test('what one service sees of the others has addresses of its own', () => {
  const { address, door } = planAddresses('/state/page', 0, 'linux');
  const services = Array.from({ length: 30 }, (_, index) => index);
  const all = [...services.map(address), ...services.flatMap((viewer) => services.map((index) => door(viewer, index)))];
  expect(new Set(all).size).toBe(30 + 30 * 30);
  expect(all.every(isIPv4)).toBe(true);
});

test('a project may have more services than a network has addresses', () => {
  const { address } = planAddresses('/state/page', 0, 'linux');
  const all = Array.from({ length: 600 }, (_, index) => address(index));
  expect(new Set(all).size).toBe(600);
  expect(all.every(isIPv4)).toBe(true);
});

test('another project, or another attempt, has other addresses', () => {
  const first = planAddresses('/state/page', 0, 'linux').address(0);
  expect(planAddresses('/state/other', 0, 'linux').address(0)).not.toBe(first);
  expect(planAddresses('/state/page', 1, 'linux').address(0)).not.toBe(first);
});

test('elsewhere there is 127.0.0.1 for all', () => {
  expect(planAddresses('/state/page', 0, 'darwin')).toMatchObject({ isOwn: false });
  expect(planAddresses('/state/page', 0, 'darwin').address(2)).toBe('127.0.0.1');
});
