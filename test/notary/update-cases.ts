import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../src/core/index.ts';
import {
  certificateKey,
  formatRoot,
  openSigner,
  PublicKey,
  publicKeyOf,
  type Signer,
  signBytes,
} from '../../src/tuf/index.ts';
import { newCertificate, newCertificateSigner, newPrivateKey, newSigner, signSnapshot } from '../tuf-repository.ts';
import {
  curve,
  delegation,
  delegations,
  type Edit,
  ed25519,
  type Forge,
  hash,
  keyObject,
  type Parts,
  resigned,
  rsa,
  sign,
} from './forge.ts';

/** Updates to a new collection, and how notary-server 0.7 answers them. */
export interface UpdateCase {
  readonly why: string;
  /** What each update is answered: 200, a code, or what was wrong in the server's words. */
  readonly answers: readonly string[];
  /** Updates sent one after the other. */
  readonly steps: (forge: Forge) => Promise<Parts[]>;
}

/** When certificates of these cases hold. */
export const DATES = { notBefore: new Date('2026-01-01'), notAfter: new Date('2036-01-01') };

export const UPDATE_CASES: readonly UpdateCase[] = [
  { why: 'a plain first publication', answers: ['200'], steps: async (f) => [await f.first()] },
  { why: 'nothing after that', answers: ['200', '200'], steps: async (f) => [await f.first(), {}] },
  { why: 'targets by an RSA key', answers: ['200'], steps: withTargetsKey(() => rsa(2048)) },
  { why: 'targets by a P-384 key', answers: ['200'], steps: withTargetsKey(() => curve('P-384')) },
  { why: 'targets by a P-521 key', answers: ['200'], steps: withTargetsKey(() => curve('P-521')) },
  { why: 'targets by an Ed25519 key', answers: ['200'], steps: withTargetsKey(ed25519) },
  {
    why: 'a threshold of two met by two keys',
    answers: ['200'],
    steps: async (f) => {
      const two = [newSigner(), newSigner()];
      return [{ root: await f.rootWith('targets', two, 2), targets: await f.targets({}, two) }];
    },
  },
  {
    why: 'a threshold of two met by one',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: async (f) => {
      const two = [newSigner(), newSigner()];
      return [{ root: await f.rootWith('targets', two, 2), targets: await f.targets({}, two.slice(1)) }];
    },
  },
  {
    why: 'one signature twice where two are wanted',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: async (f) => {
      const two = [newSigner(), newSigner()];
      const once = await f.targets({}, two.slice(1));
      return [{ root: await f.rootWith('targets', two, 2), targets: resigned(once, (all) => [...all, ...all]) }];
    },
  },
  {
    why: 'a method in capitals',
    answers: ['200'],
    steps: resignedTargets((all) => all.map((s) => ({ ...s, method: 'ECDSA' }))),
  },
  {
    why: 'an unknown method',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: resignedTargets((all) => all.map((s) => ({ ...s, method: 'sha1-rsa' }))),
  },
  {
    why: 'no method',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: resignedTargets((all) => all.map(({ method: _, ...s }) => s)),
  },
  {
    why: 'a foreign signature beside a good one',
    answers: ['200'],
    steps: resignedTargets((all) => [{ ...all[0], keyid: 'ab' }, ...all]),
  },
  {
    why: 'signatures that are null',
    answers: ['ErrBadTargets: tuf: data has no signatures'],
    steps: resignedTargets(() => null),
  },
  { why: 'signatures that are an object', answers: ['MALFORMED_JSON'], steps: resignedTargets(() => ({})) },
  { why: 'a signature that is text', answers: ['MALFORMED_JSON'], steps: resignedTargets(() => ['x']) },
  {
    why: 'a signature of no bytes',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: resignedTargets((all) => all.map((s) => ({ ...s, sig: '' }))),
  },
  {
    why: 'a signature that is no base64',
    answers: ['MALFORMED_JSON'],
    steps: resignedTargets((all) => all.map((s) => ({ ...s, sig: '!' }))),
  },
  {
    why: 'an envelope without signed',
    answers: ['ErrBadTargets: tuf: data has no signatures'],
    steps: async (f) => [{ ...(await f.first()), targets: Buffer.from('{}') }],
  },
  {
    why: 'an envelope whose signed is null',
    answers: ['ErrBadTargets: tuf: data has no signatures'],
    steps: async (f) => [{ ...(await f.first()), targets: Buffer.from('{"signed":null}') }],
  },
  {
    why: 'an envelope that is null',
    answers: ['ErrBadTargets: tuf: data has no signatures'],
    steps: async (f) => [{ ...(await f.first()), targets: Buffer.from('null') }],
  },
  {
    why: 'no date',
    answers: ['ErrBadTargets: targets expired at Mon Jan 1 00:00:00 UTC 0001'],
    steps: async (f) => [await f.first({ expires: undefined })],
  },
  {
    why: 'a date that is null',
    answers: ['ErrBadTargets: targets expired at Mon Jan 1 00:00:00 UTC 0001'],
    steps: async (f) => [await f.first({ expires: null })],
  },
  {
    why: 'a date with an offset',
    answers: ['200'],
    steps: async (f) => [await f.first({ expires: '2040-01-01T00:00:00-07:00' })],
  },
  {
    why: 'a past date with an offset',
    answers: ['ErrBadTargets: targets expired at Mon Mar 2 00:00:00 -0700 2020'],
    steps: async (f) => [await f.first({ expires: '2020-03-02T00:00:00.5-07:00' })],
  },
  {
    why: 'a date without time',
    answers: ['MALFORMED_JSON'],
    steps: async (f) => [await f.first({ expires: '2040-01-01' })],
  },
  {
    why: 'a day that does not exist',
    answers: ['MALFORMED_JSON'],
    steps: async (f) => [await f.first({ expires: '2040-02-30T00:00:00Z' })],
  },
  {
    why: 'no type',
    answers: ['ErrBadTargets: targets type metadata invalid: expected type Targets, not '],
    steps: async (f) => [await f.first({ _type: undefined })],
  },
  {
    why: 'no version',
    answers: ['ErrBadTargets: targets type metadata invalid: version cannot be less than one'],
    steps: async (f) => [await f.first({ version: undefined })],
  },
  {
    why: 'a negative version',
    answers: ['ErrBadTargets: targets type metadata invalid: version cannot be less than one'],
    steps: async (f) => [await f.first({ version: -1 })],
  },
  { why: 'targets that are null', answers: ['200'], steps: async (f) => [await f.first({ targets: null })] },
  { why: 'no targets', answers: ['200'], steps: async (f) => [await f.first({ targets: undefined })] },
  {
    why: 'targets that are a list',
    answers: ['ErrBadTargets: members of the wrong kind'],
    steps: async (f) => [await f.first({ targets: [] })],
  },
  {
    why: 'a target without hashes',
    answers: ['200'],
    steps: async (f) => [await f.first({ targets: { a: { length: 1 } } })],
  },
  {
    why: 'a target with a short hash',
    answers: ['200'],
    steps: async (f) => [await f.first({ targets: { a: { length: 1, hashes: { sha256: hash(1, 3) } } } })],
  },
  {
    why: 'a target with custom data',
    answers: ['200'],
    steps: async (f) => [
      await f.first({
        targets: { a: { length: 1, hashes: { sha256: hash(1, 32) }, custom: { x: ['<&>', 1, null] } } },
      }),
    ],
  },
  {
    why: 'a target named like a property',
    answers: ['200'],
    steps: async (f) => [
      await f.first({ targets: JSON.parse(`{"__proto__":{"length":1,"hashes":{"sha256":"${hash(1, 32)}"}}}`) }),
    ],
  },
  {
    why: 'a target with a negative length',
    answers: ['200'],
    steps: async (f) => [await f.first({ targets: { a: { length: -1, hashes: { sha256: hash(1, 32) } } } })],
  },
  { why: 'no delegations', answers: ['200'], steps: async (f) => [await f.first({ delegations: undefined })] },
  { why: 'delegations that are null', answers: ['200'], steps: async (f) => [await f.first({ delegations: null })] },
  {
    why: 'a delegation with a name that is none',
    answers: ['ErrBadTargets: targets type metadata invalid: delegation role alice invalid'],
    steps: withDelegations((s) => delegations([delegation('alice', s)], s)),
  },
  {
    why: 'a delegation two levels down',
    answers: ['ErrBadTargets: targets type metadata invalid: delegation role targets/a/b invalid'],
    steps: withDelegations((s) => delegations([delegation('targets/a/b', s)], s)),
  },
  {
    why: 'a delegation in capitals',
    answers: ['ErrBadTargets: targets type metadata invalid: delegation role targets/A invalid'],
    steps: withDelegations((s) => delegations([delegation('targets/A', s)], s)),
  },
  {
    why: 'a delegation without threshold',
    answers: ['ErrBadTargets: targets type metadata invalid: invalid threshold specified for targets/a: 0 '],
    steps: withDelegations((s) => delegations([delegation('targets/a', s, { threshold: 0 })], s)),
  },
  {
    why: 'a delegation without its key',
    answers: [
      'ErrBadTargets: targets type metadata invalid: key ID HEX specified in targets/a without corresponding key',
    ],
    steps: withDelegations((s) => delegations([delegation('targets/a', s)])),
  },
  {
    why: 'a delegation without keys',
    answers: ['200'],
    steps: withDelegations((s) => delegations([delegation('targets/a', s, { keyids: [] })], s)),
  },
  {
    why: 'a delegation with null paths',
    answers: ['200'],
    steps: withDelegations((s) => delegations([delegation('targets/a', s, { paths: null })], s)),
  },
  {
    why: 'a delegation listed twice',
    answers: ['200'],
    steps: withDelegations((s) => delegations([delegation('targets/a', s), delegation('targets/a', s)], s)),
  },
  {
    why: 'a delegation to an unknown kind of key',
    answers: ['200'],
    steps: withDelegations((s) => ({
      keys: { ab: { keytype: 'dilithium', keyval: { public: 'AAAA', private: null } } },
      roles: [delegation('targets/a', s, { keyids: ['ab'] })],
    })),
  },
  { why: 'a child of a delegation, all at once', answers: ['200'], steps: withChild('targets/a', 'targets/a/b') },
  {
    why: 'a child of a delegation whose file is missing',
    answers: ['ErrBadTargets: tuf: invalid role targets/a/b. delegation does not exist'],
    steps: withChild(undefined, 'targets/a/b'),
  },
  { why: 'a delegation file after its delegation', answers: ['200', '200', '200'], steps: withLaterDelegation({}) },
  {
    why: 'a delegation file of version 0',
    answers: ['200', 'ErrBadTargets: targets/a type metadata invalid: version cannot be less than one', '200'],
    steps: withLaterDelegation({ version: 0 }),
  },
  {
    why: 'a delegation file that has run out',
    answers: [
      '200',
      'ErrBadTargets: targets/a expired at Wed Jan 1 00:00:00 UTC 2020',
      'ErrBadTargets: targets/a expired at Wed Jan 1 00:00:00 UTC 2020',
    ],
    steps: withLaterDelegation({ expires: '2020-01-01T00:00:00Z' }),
  },
  {
    why: 'a delegation file of another type',
    answers: [
      '200',
      'ErrBadTargets: targets/a type metadata invalid: expected type Targets, not Snapshot',
      'ErrBadTargets: targets/a type metadata invalid: expected type Targets, not Snapshot',
    ],
    steps: withLaterDelegation({ _type: 'Snapshot' }),
  },
  {
    why: 'a delegation by a certificate of a CA',
    answers: ['200', '200'],
    steps: withDelegationCertificate({ isCa: true }),
  },
  {
    why: 'a delegation by a certificate that has run out',
    answers: ['200', '200'],
    steps: withDelegationCertificate({ notBefore: new Date('2019-01-01'), notAfter: new Date('2020-01-01') }),
  },
  {
    why: 'a delegation by an RSA key of 1024 bits',
    answers: ['200', 'ErrBadTargets: valid signatures did not meet threshold for targets/a'],
    steps: async (f) => withDelegationKey(f, shortRsaSigner()),
  },
  {
    why: 'a role of root nobody knows',
    answers: ['200'],
    steps: withRootRoles((roles) => ({ ...roles, mirror: { keyids: [], threshold: 1 } })),
  },
  {
    why: 'a role of root that is null',
    answers: ['ErrBadRoot: root type metadata invalid: missing snapshot role specification'],
    steps: withRootRoles((roles) => ({ ...roles, snapshot: null })),
  },
  {
    why: 'a root key listed twice',
    answers: ['200'],
    steps: withRootRoles((roles, f) => ({
      ...roles,
      root: { keyids: [f.repository.signers.root.key.keyid, f.repository.signers.root.key.keyid], threshold: 1 },
    })),
  },
  {
    why: 'no root keys',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withRootRoles((roles) => ({ ...roles, root: { keyids: [], threshold: 1 } })),
  },
  {
    why: 'no targets keys',
    answers: ['ErrBadTargets: valid signatures did not meet threshold for targets'],
    steps: withRootRoles((roles) => ({ ...roles, targets: { keyids: [], threshold: 1 } })),
  },
  {
    why: 'a negative threshold',
    answers: ['ErrBadRoot: root type metadata invalid: invalid threshold specified for targets: -1 '],
    steps: withRootRoles((roles) => ({ ...roles, targets: { ...roles.targets, threshold: -1 } })),
  },
  {
    why: 'keys that are null',
    answers: ['ErrBadRoot: root type metadata invalid: key ID HEX specified in root without corresponding key'],
    steps: async (f) => [{ root: await f.root({ keys: null }), targets: await f.targets() }],
  },
  {
    why: 'keys that are a list',
    answers: ['ErrBadRoot: members of the wrong kind'],
    steps: async (f) => [{ root: await f.root({ keys: [] }), targets: await f.targets() }],
  },
  {
    why: 'a root certificate for a wildcard',
    answers: ['200'],
    steps: withRootSigner((f) => newCertificateSigner(`${f.gun.slice(0, 12)}*`, DATES)),
  },
  {
    why: 'a root certificate for any name',
    answers: ['200'],
    steps: withRootSigner(() => newCertificateSigner('*', DATES)),
  },
  {
    why: 'a root certificate for a name with a star inside',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withRootSigner((f) => newCertificateSigner(`exa*${f.gun.slice(3)}`, DATES)),
  },
  {
    why: 'a root certificate that is a CA',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withRootSigner((f) => newCertificateSigner(f.gun, { ...DATES, isCa: true })),
  },
  {
    why: 'a root certificate that has run out',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withRootSigner((f) =>
      newCertificateSigner(f.gun, { notBefore: new Date('2019-01-01'), notAfter: new Date('2020-01-01') }),
    ),
  },
  {
    why: 'a root certificate followed by a CA',
    answers: ['200'],
    steps: withBundle((leaf, authority) => leaf + authority),
  },
  {
    why: 'a root certificate after a CA',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withBundle((leaf, authority) => authority + leaf),
  },
  {
    why: 'two root certificates in one bundle',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates'],
    steps: withBundle((leaf) => leaf + leaf),
  },
  {
    why: 'a root certificate with CRLF',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots'],
    steps: withBundle((leaf) => leaf.replaceAll('\n', '\r\n')),
  },
  {
    why: 'a root certificate after a line of text',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots'],
    steps: withBundle((leaf) => `hello\n${leaf}`),
  },
  {
    why: 'a root certificate without a line end',
    answers: ['ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots'],
    steps: withBundle((leaf) => leaf.trimEnd()),
  },
  {
    why: 'a root rotated with both keys, then used',
    answers: ['200', '200', '200', '200'],
    steps: async (f) => {
      const next = newCertificateSigner(f.gun, DATES);
      const both = [f.repository.signers.root, next];
      return [
        await f.first(),
        { root: await withVersion(f, 2, [next], both) },
        { targets: await f.targets({ version: 2 }) },
        { root: await withVersion(f, 3, [next], [next]) },
      ];
    },
  },
  {
    why: 'a root rotated by the new key alone',
    answers: [
      '200',
      'ErrBadRoot: could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
    ],
    steps: async (f) => {
      const next = newCertificateSigner(f.gun, DATES);
      return [await f.first(), { root: await withVersion(f, 2, [next], [next]) }];
    },
  },
  {
    why: 'a root rotated by the old key alone',
    answers: [
      '200',
      'ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots',
    ],
    steps: async (f) => {
      const next = newCertificateSigner(f.gun, DATES);
      return [await f.first(), { root: await withVersion(f, 2, [next], [f.repository.signers.root]) }];
    },
  },
  {
    why: 'a root that skips a version',
    answers: ['200', 'ErrBadRoot: Root modifications must increment the version. Current 1, new 3'],
    steps: async (f) => [await f.first(), { root: await f.root({ version: 3 }) }],
  },
  {
    why: 'a root that goes back',
    answers: ['200', 'ErrBadRoot: Root modifications must increment the version. Current 2, new 1'],
    steps: async (f) => [{ root: await f.root({ version: 2 }), targets: await f.targets() }, { root: await f.root() }],
  },
  {
    why: 'targets keys rotated without new targets, then targets by the old key',
    answers: ['200', '200', 'ErrBadTargets: valid signatures did not meet threshold for targets', '200'],
    steps: async (f) => {
      const next = newSigner();
      const { keys, roles } = formatRoot(f.repository.root) as Record<string, JsonObject>;
      const edit = {
        version: 2,
        keys: { ...keys, [next.key.keyid]: keyObject(next.key) },
        roles: { ...roles, targets: { keyids: [next.key.keyid], threshold: 1 } },
      };
      return [
        await f.first(),
        { root: await f.root(edit) },
        { targets: await f.targets({ version: 2 }) },
        { targets: await f.targets({ version: 2 }, [next]) },
      ];
    },
  },
  { why: 'a snapshot by the client’s key', answers: ['200'], steps: withClientSnapshot((snapshot) => snapshot) },
  {
    why: 'a snapshot with a short hash',
    answers: [
      'ErrBadSnapshot: snapshot type metadata invalid: invalid root checksum information, sha… checksum invalid',
    ],
    steps: withClientSnapshot((s) => ({
      ...s,
      meta: { ...(s.meta as JsonObject), root: { length: 1, hashes: { sha256: hash(1, 3) } } },
    })),
  },
  {
    why: 'a snapshot without root',
    answers: ['ErrBadSnapshot: snapshot type metadata invalid: missing root sha… checksum information'],
    steps: withClientSnapshot((s) => ({ ...s, meta: { targets: (s.meta as JsonObject).targets ?? null } })),
  },
  {
    why: 'a snapshot without targets',
    answers: ['ErrBadSnapshot: snapshot type metadata invalid: missing targets sha… checksum information'],
    steps: withClientSnapshot((s) => ({ ...s, meta: { root: (s.meta as JsonObject).root ?? null } })),
  },
  {
    why: 'a snapshot without meta',
    answers: ['ErrBadSnapshot: snapshot type metadata invalid: missing root sha… checksum information'],
    steps: withClientSnapshot(({ meta: _, ...s }) => s),
  },
  {
    why: 'a snapshot of version 0',
    answers: ['ErrBadSnapshot: snapshot type metadata invalid: version cannot be less than one'],
    steps: withClientSnapshot((s) => ({ ...s, version: 0 })),
  },
  {
    why: 'a snapshot that has run out',
    answers: ['ErrBadSnapshot: snapshot expired at Wed Jan 1 00:00:00 UTC 2020'],
    steps: withClientSnapshot((s) => ({ ...s, expires: '2020-01-01T00:00:00Z' })),
  },
  {
    why: 'a snapshot with SHA-512 alone',
    answers: ['ErrBadSnapshot: snapshot type metadata invalid: missing root sha… checksum information'],
    steps: withClientSnapshot((s) => ({
      ...s,
      meta: { ...(s.meta as JsonObject), root: { length: 1, hashes: { sha512: hash(1, 64) } } },
    })),
  },
];

function withTargetsKey(make: () => Signer): UpdateCase['steps'] {
  return async (f) => {
    const signer = make();
    return [{ root: await f.rootWith('targets', [signer]), targets: await f.targets({}, [signer]) }];
  };
}

function resignedTargets(change: (signatures: JsonObject[]) => JsonValue): UpdateCase['steps'] {
  return async (f) => [{ root: await f.root(), targets: resigned(await f.targets(), change) }];
}

function withDelegations(make: (signer: Signer) => JsonObject): UpdateCase['steps'] {
  return async (f) => [await f.first({ delegations: make(newSigner()) })];
}

function withChild(parent: 'targets/a' | undefined, child: string): UpdateCase['steps'] {
  return async (f) => {
    const signer = newSigner();
    const file = (edit: Edit) => f.targets(edit, [signer]);
    const parts = {
      ...(await f.first({ delegations: delegations([delegation('targets/a', signer)], signer) })),
      [child]: await file({}),
    };
    if (!parent) return [parts];
    return [{ ...parts, [parent]: await file({ delegations: delegations([delegation(child, signer)], signer) }) }];
  };
}

function withLaterDelegation(edit: Edit): UpdateCase['steps'] {
  return async (f) => {
    const signer = newSigner();
    const first = await f.first({ delegations: delegations([delegation('targets/a', signer)], signer) });
    return [
      first,
      { 'targets/a': await f.targets(edit, [signer]) },
      { 'targets/a': await f.targets({ ...edit, version: 2 }, [signer]) },
    ];
  };
}

function withDelegationCertificate(options: Parameters<typeof newCertificate>[1]): UpdateCase['steps'] {
  return async (f) => withDelegationKey(f, newCertificateSigner('alice', options));
}

async function withDelegationKey(f: Forge, signer: Signer): Promise<Parts[]> {
  const first = await f.first({ delegations: delegations([delegation('targets/a', signer)], signer) });
  return [first, { 'targets/a': await f.targets({}, [signer]) }];
}

/** Signs as a key that is too short to be believed. */
function shortRsaSigner(): Signer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const key = publicKeyOf(privateKey);
  return {
    key,
    sign: async (bytes) => ({ keyid: key.keyid, method: 'rsapss', sig: signBytes(privateKey, 'rsapss', bytes) }),
  };
}

function withRootRoles(change: (roles: Record<string, JsonObject>, f: Forge) => JsonObject): UpdateCase['steps'] {
  return async (f) => {
    const { roles } = formatRoot(f.repository.root) as Record<string, Record<string, JsonObject>>;
    return [{ root: await f.root({ roles: change(roles ?? {}, f) }), targets: await f.targets() }];
  };
}

function withRootSigner(make: (f: Forge) => Signer): UpdateCase['steps'] {
  return async (f) => {
    const signer = make(f);
    return [{ root: await f.rootWith('root', [signer], 1, [signer]), targets: await f.targets() }];
  };
}

function withBundle(bundle: (leaf: string, authority: string) => string): UpdateCase['steps'] {
  return withRootSigner((f) => {
    const privateKey = newPrivateKey();
    const leaf = newCertificate(f.gun, DATES, privateKey);
    const authority = newCertificate('authority', { ...DATES, isCa: true }, newPrivateKey());
    const listed = new PublicKey(certificateKey(leaf).keytype, Buffer.from(bundle(leaf, authority)));
    const bare = openSigner(privateKey);
    return { key: listed, sign: async (bytes) => ({ ...(await bare.sign(bytes)), keyid: listed.keyid }) };
  });
}

function withVersion(
  f: Forge,
  version: number,
  rootKeys: readonly Signer[],
  signers: readonly Signer[],
): Promise<Buffer> {
  const { keys, roles } = formatRoot(f.repository.root) as Record<string, JsonObject>;
  const listed = Object.fromEntries(rootKeys.map(({ key }) => [key.keyid, keyObject(key)]));
  const root = { keyids: rootKeys.map(({ key }) => key.keyid), threshold: 1 };
  return f.root({ version, keys: { ...keys, ...listed }, roles: { ...roles, root } }, signers);
}

function withClientSnapshot(change: (snapshot: JsonObject) => JsonObject): UpdateCase['steps'] {
  return async (f) => {
    const { snapshot } = f.repository.signers;
    const [root, targets] = [await f.rootWith('snapshot', [snapshot]), await f.targets()];
    const files = { root: { bytes: root }, targets: { bytes: targets } } as unknown as Parameters<
      typeof signSnapshot
    >[1];
    const { signed } = await signSnapshot(f.repository, files);
    return [{ root, targets, snapshot: await sign(change(signed), [snapshot]) }];
  };
}
