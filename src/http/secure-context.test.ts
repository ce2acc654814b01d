import { afterEach, expect, test, vi } from 'vitest';
import { openSecureContext, publicAuthorities } from './secure-context.ts';

const execArgv = [...process.execArgv];
afterEach(() => {
  vi.unstubAllEnvs();
  process.execArgv = execArgv;
});

test('a program with authorities of OpenSSL has its variables again once the context is open', () => {
  process.execArgv = ['--use-openssl-ca'];
  vi.stubEnv('SSL_CERT_FILE', '/somewhere/ca.crt');
  vi.stubEnv('SSL_CERT_DIR', undefined);
  openSecureContext({});
  expect(process.env).toMatchObject({ SSL_CERT_FILE: '/somewhere/ca.crt' });
  expect(process.env).not.toHaveProperty('SSL_CERT_DIR');
});

test('and must name the public authorities, which Node has without being told otherwise', () => {
  expect(publicAuthorities()).toBeUndefined();
  process.execArgv = ['--use-openssl-ca'];
  expect(publicAuthorities()?.length).toBeGreaterThan(100);
});
