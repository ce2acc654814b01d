import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../registry/index.ts';
import { parseTokenConfig } from './token-config.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/wire/tokens.md'), 'utf8');
const [issuer = '', registry = ''] = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');

test('the configuration that the page shows is understood whole', () => {
  const { value, warnings } = parseTokenConfig({ path: 'tokens.yml', text: issuer }, {});
  expect(warnings).toEqual([]);
  expect(value).toMatchObject({
    issuer: 'auth.example.com',
    services: ['registry.example.com', 'notary.example.com'],
    hosts: ['registry.example.com:5000'],
    tokenSeconds: 300,
    refreshSeconds: 7_776_000,
    algorithm: 'ES256',
    hasCertificate: true,
    http: { address: { host: '127.0.0.1', port: 5001 }, tls: { certificate: 'server.crt' } },
  });
  expect(value.grants).toEqual([
    { users: ['alice'], type: 'repository', name: 'team/**', actions: ['pull', 'push'] },
    { users: ['bob', 'carol'], type: 'repository', name: 'team/*', actions: ['pull'] },
    { users: ['*'], type: 'repository', name: 'home/{user}/**', actions: ['*'] },
    { users: ['anonymous'], type: 'repository', name: 'public/**', actions: ['pull'] },
    { users: ['alice'], type: 'registry', name: 'catalog', actions: ['*'] },
  ]);
});

test('the registry that the page puts behind it is configured so', () => {
  const file = { path: 'registry.yml', text: `version: 0.1\nstorage: inmemory\n${registry}` };
  const { value, warnings } = parseConfig(file, {}, '/data');
  expect(warnings).toEqual([]);
  expect(value.auth).toMatchObject({ kind: 'token', rootCertBundle: 'keys/signing.crt' });
});

test('without an address it listens on loopback, and settings of a registry are not its own', () => {
  const text = 'issuer: a\nservices: b\nusers: u\nkeys: k\nstorage: inmemory\n';
  const { value, warnings } = parseTokenConfig({ path: 't', text }, { TRUSTSANDBOX_TOKENS_ALGORITHM: 'RS256' });
  expect(value).toMatchObject({ http: { address: { host: '127.0.0.1', port: 5001 } }, algorithm: 'RS256' });
  expect(warnings).toEqual(['t:5: storage: is not known, and has no effect']);
});
