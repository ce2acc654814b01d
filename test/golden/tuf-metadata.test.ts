import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCanonicalJson, type JsonObject, parseJson } from '../../src/core/index.ts';
import {
  acceptDelegation,
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  formatEnvelope,
  formatRoot,
  formatSnapshot,
  formatTargets,
  formatTimestamp,
  getDelegationRole,
  listDelegations,
  PublicKey,
  parseEnvelope,
  parseGun,
  parsePublicKey,
  parseRoleName,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  type RoleName,
  TARGETS,
  type Targets,
  walkTargets,
} from '../../src/tuf/index.ts';
import { listRecordedMetadata, readRecording } from './recorded-metadata.ts';

/** While the recordings were made. */
const NOW = new Date('2026-11-23T12:00:00Z');

const PARSE_AND_FORMAT: Record<string, (signed: JsonObject, role: RoleName) => JsonObject> = {
  Root: (signed) => formatRoot(parseRoot(signed)),
  Targets: (signed, role) => formatTargets(parseTargets(role, signed)),
  Snapshot: (signed) => formatSnapshot(parseSnapshot(signed)),
  Timestamp: (signed) => formatTimestamp(parseTimestamp(signed)),
};

function roleOf(file: string): RoleName {
  const name = file.replace(/.*\/metadata\//, '').replace(/.*\//, '');
  return parseRoleName(
    name
      .replace(/^\d+\./, '')
      .replace(/\.json$/, '')
      .replace('_', '/'),
  );
}

describe.each(listRecordedMetadata())('%s', (file) => {
  const bytes = readRecording(file);
  const envelope = parseEnvelope(bytes);

  test('is serialised again to the same bytes', () => {
    expect(formatEnvelope(envelope.canonical, envelope.signatures).equals(bytes)).toBe(true);
  });

  test('is the same after parsing and formatting its content', () => {
    const again = PARSE_AND_FORMAT[String(envelope.signed._type)]?.(envelope.signed, roleOf(file));
    expect(formatCanonicalJson(again ?? {})).toBe(envelope.canonical.toString());
  });

  test('lists keys under the ids we compute', () => {
    const { keys = {}, delegations = {} } = envelope.signed as Record<string, JsonObject>;
    const listed = { ...keys, ...(delegations.keys as JsonObject) } as JsonObject;
    for (const [keyid, key] of Object.entries(listed)) expect(parsePublicKey(key).keyid).toBe(keyid);
  });
});

test.each(
  parseJson(readRecording('trust-dir/vectors.json')) as unknown as Record<'key_id' | 'keytype' | 'public', string>[],
)('a key pair is filed under the id we compute: $key_id', ({ key_id, keytype, public: bytes }) => {
  const key = new PublicKey(keytype, Buffer.from(bytes, 'base64'));
  expect(key.canonicalKeyid).toBe(key_id);
  expect(key.keyid).toBe(key_id);
});

/** Folders that hold a whole chain, the GUN it is for, and how a role's file is called in them. */
const CHAINS = [
  ...['0.5.1', '0.6.1', '0.7.0'].flatMap((version) => [
    { gun: `example.com/vec-${version}`, folder: `notary-metadata/example.com_vec-${version}` },
    {
      gun: `example.com/vec-${version}`,
      folder: `trust-dir/notary-${version}/tuf/example.com/vec-${version}/metadata`,
    },
  ]),
  { gun: 'example.com/vec-0.4.3', folder: 'trust-dir/notary-0.4.3/tuf/example.com/vec-0.4.3/metadata' },
  ...['test/trusttest', 'test/signed'].flatMap((name) => [
    {
      gun: `sandboxregistry:5000/${name}`,
      folder: `notary-metadata/sandboxregistry_5000_${name.replace('/', '_')}`,
    },
    {
      gun: `sandboxregistry:5000/${name}`,
      folder: `trust-dir/docker-cli-28.2.2/tuf/sandboxregistry:5000/${name}/metadata`,
    },
  ]),
];

describe.each(CHAINS)('$folder', ({ gun, folder }) => {
  const offered = (role: string) => parseEnvelope(readRecording(`${folder}/${role.replace('/', '_')}.json`));
  const chain = (now: Date, change = (role: string) => offered(role)) => {
    const root = acceptRoot(change('root'), { gun: parseGun(gun), now });
    const timestamp = acceptTimestamp(root, change('timestamp'), { now });
    const snapshot = acceptSnapshot(root, timestamp, change('snapshot'), { now });
    const targets = acceptTargets(root, snapshot, change('targets'), { now });
    return { root, timestamp, snapshot, targets };
  };

  test('verifies from root to targets', () => {
    const { root, targets } = chain(NOW);
    const tree = new Map<RoleName, Targets>([[TARGETS, targets]]);
    expect([...walkTargets(root, tree)].map(({ role }) => role.name)).toEqual(['targets']);
  });

  test('is expired two weeks later', () => {
    expect(() => chain(new Date('2026-12-08T00:00:00Z'))).toThrow(
      /^timestamp expired at Mon Dec 7 04:55:\d\d UTC 2026$/,
    );
  });

  test('is refused for another name', () => {
    expect(() => acceptRoot(offered('root'), { gun: parseGun(`${gun}x`), now: NOW })).toThrow(
      'could not validate the path to a trusted root: unable to retrieve valid leaf certificates',
    );
  });

  test.each(['root', 'timestamp', 'snapshot', 'targets'])(
    'is refused when any byte of the signed %s changes',
    (role) => {
      const { bytes } = offered(role);
      const end = bytes.indexOf(',"signatures":');
      fc.assert(
        fc.property(fc.integer({ min: 10, max: end - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ flip;
          expect(() => chain(NOW, (name) => (name === role ? parseEnvelope(changed) : offered(name)))).toThrow(
            expect.objectContaining({ code: expect.stringMatching(/^TUF_/) }),
          );
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe.each(CHAINS.filter(({ folder }) => folder.startsWith('notary-metadata')))(
  'delegations of $folder',
  ({ gun, folder }) => {
    test('verify below their targets', () => {
      const read = (role: string) => parseEnvelope(readRecording(`${folder}/${role.replace('/', '_')}.json`));
      const root = acceptRoot(read('root'), { gun: parseGun(gun), now: NOW });
      const snapshot = acceptSnapshot(root, undefined, read('snapshot'), { now: NOW });
      const targets = acceptTargets(root, snapshot, read('targets'), { now: NOW });
      const tree = new Map<RoleName, Targets>([[TARGETS, targets]]);
      const [top] = [...walkTargets(root, tree)];
      for (const { name } of top ? listDelegations(top.role, top.targets) : []) {
        if (!snapshot.meta.has(name)) continue;
        tree.set(name, acceptDelegation(getDelegationRole(root, tree, name), snapshot, read(name), { now: NOW }));
      }
      const walked = [...walkTargets(root, tree)].map(({ role }) => role.name).sort();
      expect(walked).toEqual([...snapshot.meta.keys()].filter((role) => role !== 'root').sort());
    });
  },
);
