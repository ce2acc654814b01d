import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../core/index.ts';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS } from '../../tuf/index.ts';
import { compareVersions } from './difference.ts';

const SHA256 = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const hex = (byte: number): string => Buffer.alloc(32, byte).toString('hex');
const file = (byte: number): JsonObject => ({ length: byte, hashes: { sha256: SHA256(byte) } });
const named = (name: string, byte: number) => ({ name, length: byte, sha256: hex(byte) });
const key = (byte: number): JsonObject => ({ keytype: 'ed25519', keyval: { private: null, public: SHA256(byte) } });
const none = { added: [], removed: [], changed: [] };

function envelope(type: string, version: number, members: JsonObject): Buffer {
  const signed: JsonValue = { _type: type, version, expires: `203${version}-01-01T00:00:00Z`, ...members };
  return Buffer.from(JSON.stringify({ signed, signatures: [] }));
}
const targets = (version: number, files: JsonObject, keys: JsonObject = {}, roles: JsonValue[] = []) =>
  envelope('Targets', version, { targets: files, delegations: { keys, roles } });
const root = (version: number, keyOf: string, threshold: number) =>
  envelope('Root', version, {
    consistent_snapshot: false,
    keys: { a: key(1), b: key(2) },
    roles: Object.fromEntries(
      ['root', 'targets', 'snapshot', 'timestamp'].map((role) => [
        role,
        role === 'targets' ? { keyids: [keyOf], threshold } : { keyids: ['a'], threshold: 1 },
      ]),
    ),
  });

describe('compareVersions', () => {
  test('tells targets that came, went and changed', () => {
    const from = targets(1, { kept: file(1), gone: file(2), changed: file(3) });
    const to = targets(2, { kept: file(1), came: file(4), changed: file(5) });
    expect(compareVersions(TARGETS, from, to)).toEqual({
      role: 'targets',
      from: { version: 1, expires: '2031-01-01T00:00:00Z' },
      to: { version: 2, expires: '2032-01-01T00:00:00Z' },
      files: {
        added: [named('came', 4)],
        removed: [named('gone', 2)],
        changed: [{ from: named('changed', 3), to: named('changed', 5) }],
      },
      keys: none,
      roles: none,
    });
  });

  test('tells delegations, their keys, thresholds and paths, in whatever order these are listed', () => {
    const role = (name: string, keyids: string[], threshold: number, paths: string[]) => ({
      name,
      keyids,
      threshold,
      paths,
    });
    const from = targets(1, {}, { a: key(1), b: key(2) }, [
      role('targets/x', ['a', 'b'], 1, ['p', 'q']),
      role('targets/y', ['a'], 1, ['']),
    ]);
    const to = targets(2, {}, { a: key(1), c: key(3) }, [
      role('targets/x', ['a'], 1, ['q', 'p']),
      role('targets/z', ['c'], 1, ['']),
    ]);
    const { keys, roles } = compareVersions(TARGETS, from, to);
    expect(keys).toEqual({
      added: [{ keyid: 'c', keytype: 'ed25519' }],
      removed: [{ keyid: 'b', keytype: 'ed25519' }],
      changed: [],
    });
    expect(roles.added).toEqual([role('targets/z', ['c'], 1, [''])]);
    expect(roles.removed).toEqual([role('targets/y', ['a'], 1, [''])]);
    expect(roles.changed).toEqual([
      { from: role('targets/x', ['a', 'b'], 1, ['p', 'q']), to: role('targets/x', ['a'], 1, ['p', 'q']) },
    ]);
  });

  test('tells what root lists for its roles, and what a snapshot names', () => {
    expect(compareVersions(ROOT, root(1, 'a', 1), root(2, 'b', 1)).roles.changed).toEqual([
      {
        from: { name: 'targets', keyids: ['a'], threshold: 1, paths: [] },
        to: { name: 'targets', keyids: ['b'], threshold: 1, paths: [] },
      },
    ]);
    const snapshot = (version: number, more: JsonObject) =>
      envelope('Snapshot', version, { meta: { root: file(1), targets: file(2), ...more } });
    const { files } = compareVersions(SNAPSHOT, snapshot(1, {}), snapshot(2, { 'targets/a': file(3) }));
    expect(files).toEqual({ ...none, added: [named('targets/a', 3)] });
  });

  test.each([
    { why: 'is of another role', bytes: root(1, 'a', 1) },
    { why: 'is not JSON', bytes: Buffer.from('{') },
  ])('refuses a version that $why', ({ bytes }) => {
    const compare = () => compareVersions(parseRoleName('targets/a'), targets(1, {}), bytes);
    expect(compare).toThrow(expect.objectContaining({ code: expect.stringMatching(/^TUF_/) }));
  });
});
