import { expect, test } from 'vitest';
import { formatPorts } from './ports.ts';

const port = (IP: string, PrivatePort: number, PublicPort: number, Type = 'tcp') => ({
  IP,
  PrivatePort,
  PublicPort,
  Type,
});

test.each([
  [[], ''],
  [[{ PrivatePort: 80, Type: 'tcp' }], '80/tcp'],
  [
    [
      { PrivatePort: 81, Type: 'tcp' },
      { PrivatePort: 80, Type: 'tcp' },
      { PrivatePort: 82, Type: 'udp' },
    ],
    '80-81/tcp, 82/udp',
  ],
  [[port('127.0.0.1', 80, 80), port('127.0.0.1', 81, 81)], '127.0.0.1:80-81->80-81/tcp'],
  [[port('::1', 80, 80), port('0.0.0.0', 80, 8080)], '[::1]:80->80/tcp, 0.0.0.0:8080->80/tcp'],
  [
    [port('0.0.0.0', 80, 80), port('::', 80, 80), { PrivatePort: 443, Type: 'tcp' }],
    '0.0.0.0:80->80/tcp, [::]:80->80/tcp, 443/tcp',
  ],
])('ports %j read %j', (ports, text) => {
  expect(formatPorts(ports)).toBe(text);
});
