import { describe, expect, test } from 'vitest';
import { describeDatabase, parseDatabaseLocation } from './database-location.ts';

const POSTGRESQL = { kind: 'postgresql', host: 'db', port: 5432, database: 'notary', sslMode: 'require' };

describe('parseDatabaseLocation', () => {
  test.each([
    { text: ':memory:', location: { kind: 'memory' } },
    { text: 'notary.db', location: { kind: 'sqlite', path: 'notary.db' } },
    { text: '/var/lib/no such/n.db', location: { kind: 'sqlite', path: '/var/lib/no such/n.db' } },
    { text: 'sqlite:///var/lib/a%20b.db', location: { kind: 'sqlite', path: '/var/lib/a b.db' } },
    { text: 'postgres://db/notary', location: POSTGRESQL },
    {
      text: 'postgresql://db:6543/notary?sslmode=disable',
      location: { ...POSTGRESQL, port: 6543, sslMode: 'disable' },
    },
    { text: 'postgres://server@db/notary', location: { ...POSTGRESQL, user: 'server' } },
    { text: 'postgres://server:s%40%2Fx@db/notary', location: { ...POSTGRESQL, user: 'server', password: 's@/x' } },
    { text: 'postgres://[::1]/notary', location: { ...POSTGRESQL, host: '::1' } },
    { text: 'postgres://server@db', location: { ...POSTGRESQL, user: 'server', database: 'server' } },
    {
      text: 'postgres://server@db/notary?sslmode=verify-ca&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem',
      location: { sslMode: 'verify-ca', sslRootCert: '/ca.pem', sslCert: '/c.pem', sslKey: '/k.pem' },
    },
    {
      text: 'postgresql:///notary?host=/run/postgresql&port=5433',
      location: { ...POSTGRESQL, host: '/run/postgresql', port: 5433, sslMode: 'disable' },
    },
    { text: 'postgres://db/notary?connect_timeout=3&binary_parameters=yes', location: { connectTimeoutMs: 3000 } },
  ])('reads $text', ({ text, location }) => {
    expect(parseDatabaseLocation(text)).toMatchObject(location);
  });

  test.each([
    { why: 'nothing', text: '' },
    { why: 'another kind', text: 'mysql://server:secret@db/notary' },
    { why: 'no database', text: 'postgres://db' },
    { why: 'a mode that falls back to no TLS', text: 'postgres://u:secret@db/n?sslmode=prefer' },
    { why: 'a port that is none', text: 'postgres://u:secret@db:5432x/n' },
    { why: 'an escape that is none', text: 'postgres://u:secret%@db/n' },
    { why: 'a timeout that is none', text: 'postgres://u:secret@db/n?connect_timeout=soon' },
    { why: 'a relative SQLite URL', text: 'sqlite://secret/notary.db' },
  ])('refuses $why, and does not repeat the text', ({ text }) => {
    const parse = () => parseDatabaseLocation(text);
    expect(parse).toThrow(expect.objectContaining({ code: 'DATABASE_LOCATION' }));
    expect(parse).not.toThrow(/secret/);
  });

  test('describes a database without its password', () => {
    expect(describeDatabase(parseDatabaseLocation('postgres://server:secret@db/notary'))).toBe(
      'postgresql://db:5432/notary',
    );
  });
});
