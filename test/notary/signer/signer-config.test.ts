import { describe, expect, test } from 'vitest';
import { parseSignerConfig } from '../../../src/notary/index.ts';

const SERVER = {
  grpc_addr: ':7899',
  tls_cert_file: './signer.crt',
  tls_key_file: './signer.key',
  client_ca_file: '/etc/ca.crt',
};
const STORAGE = { backend: 'sqlite3', db_url: 'signer.db', default_alias: 'passwordalias1' };

function parse(config: object | undefined, environment: Readonly<Record<string, string>> = {}) {
  const file = config && { path: 'etc/signer.json', text: JSON.stringify(config) };
  return parseSignerConfig(file, { environment, cwd: '/work-folder' });
}

describe('the configuration of a signer', () => {
  test('is read as notary-signer reads it: paths of certificates from the folder of the file', () => {
    const { value, warnings } = parse({ server: SERVER, storage: STORAGE, logging: { level: 'debug' } });
    expect(warnings).toEqual([]);
    expect(value).toMatchObject({
      address: { host: '::', port: 7899 },
      tls: { certFile: '/work-folder/etc/signer.crt', keyFile: '/work-folder/etc/signer.key', caFile: '/etc/ca.crt' },
      storage: {
        kind: 'database',
        location: { kind: 'sqlite', path: '/work-folder/signer.db' },
        defaultAlias: 'passwordalias1',
      },
      logLevel: 'debug',
    });
  });

  test('takes variables over the file, and all others that begin so for passphrases of aliases', () => {
    const { value, warnings } = parse(
      { server: SERVER, storage: STORAGE },
      {
        NOTARY_SIGNER_SERVER_GRPC_ADDR: '127.0.0.1:1',
        NOTARY_SIGNER_STORAGE_BACKEND: 'postgres',
        NOTARY_SIGNER_STORAGE_DB_URL: 'postgres://signer@localhost/signer',
        NOTARY_SIGNER_PASSWORDALIAS1: 'a passphrase',
        NOTARY_SIGNER_EMPTY: '',
      },
    );
    expect(warnings).toEqual([]);
    expect(value.address).toMatchObject({ host: '127.0.0.1', port: 1 });
    expect(value.storage).toMatchObject({ location: { kind: 'postgresql', user: 'signer', database: 'signer' } });
    expect([...value.passphrases]).toEqual([['PASSWORDALIAS1', 'a passphrase']]);
  });

  test('takes the default alias from the variable that older signers had', () => {
    const { default_alias: _, ...storage } = STORAGE;
    const { value } = parse({ server: SERVER, storage }, { NOTARY_SIGNER_DEFAULT_ALIAS: 'older' });
    expect(value.storage).toMatchObject({ defaultAlias: 'older' });
  });

  test('names files of passphrases, from the folder of the file', () => {
    const trustsandbox = { passphrase_files: { passwordalias1: 'pass/one' }, drain_timeout: '3s' };
    const { value, warnings } = parse({ server: SERVER, storage: STORAGE, trustsandbox });
    expect(warnings).toEqual([]);
    expect([...value.passphraseFiles]).toEqual([['passwordalias1', '/work-folder/etc/pass/one']]);
    expect(value.drainMs).toBe(3000);
  });

  test.each([
    {
      what: 'a setting that may be a slip',
      config: { storage: STORAGE },
      env: { NOTARY_SIGNER_STORAGE_TYPE: 'memory' },
      warning: /NOTARY_SIGNER_STORAGE_TYPE: is not known, and has no effect; there are NOTARY_SIGNER_STORAGE_BACKEND/,
    },
    {
      what: 'an HTTP address',
      config: { server: { ...SERVER, http_addr: ':1' } },
      warning: /http_addr: has no effect/,
    },
    {
      what: 'keys of a reporting service',
      config: { reporting: { bugsnag: { api_key: 'x' } } },
      warning: /bugsnag: has no effect/,
    },
    {
      what: 'a URL beside keys in memory',
      config: { storage: { backend: 'memory', db_url: 'x' } },
      warning: /db_url: has no effect/,
    },
  ])('says at the start that $what has no effect', ({ config, env, warning }) => {
    const { warnings } = parse({ server: SERVER, storage: STORAGE, ...config }, env);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  test.each([
    { what: 'MySQL', config: { storage: { ...STORAGE, backend: 'mysql' } }, name: 'storage.backend' },
    { what: 'RethinkDB', config: { storage: { ...STORAGE, backend: 'rethinkdb' } }, name: 'storage.backend' },
    { what: 'no storage', config: { storage: undefined }, name: 'storage.backend' },
    { what: 'no alias', config: { storage: { ...STORAGE, default_alias: '' } }, name: 'storage.default_alias' },
    { what: 'no database', config: { storage: { ...STORAGE, db_url: '' } }, name: 'storage.db_url' },
    {
      what: 'a URL that is none',
      config: { storage: { ...STORAGE, backend: 'postgres', db_url: 'mysql://secret' } },
      name: 'storage.db_url',
    },
    { what: 'no address', config: { server: { ...SERVER, grpc_addr: undefined } }, name: 'server.grpc_addr' },
    { what: 'an address that is none', config: { server: { ...SERVER, grpc_addr: '7899' } }, name: 'server.grpc_addr' },
    { what: 'no key', config: { server: { ...SERVER, tls_key_file: undefined } }, name: 'server.tls_key_file' },
  ])('is refused with $what, by the name of the setting', ({ config, name }) => {
    const parsing = () => parse({ server: SERVER, storage: STORAGE, ...config });
    expect(parsing).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    expect(parsing).toThrow(name);
    expect(parsing).not.toThrow('secret');
  });
});
