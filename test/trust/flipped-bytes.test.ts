import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptDelegation,
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  type Envelope,
  getDelegationRole,
  isTufError,
  parseEnvelope,
  type RoleName,
  STRICT,
  TARGETS,
  type Trusted,
} from '../../src/tuf/index.ts';
import { ALICE, type Edition, FILES, type FileName, GUN, RELEASES_FILE, START, World } from './world.ts';

const now = START;

async function goodEdition(): Promise<Edition> {
  await using world = await World.create();
  return world.sign(2);
}

/** Accepts one file of an edition with the others as they are; without what promises it where `isPromised` is not. */
function accept(edition: Edition, name: FileName, bytes: Buffer, isPromised: boolean): Trusted<unknown> {
  const { files } = edition;
  const acceptance = { now, rules: STRICT };
  const offered = parseEnvelope(bytes);
  const root = acceptRoot(files.root, { gun: GUN, ...acceptance });
  if (name === 'root') return acceptRoot(offered, { gun: GUN, ...acceptance, trusted: root });
  if (name === 'timestamp') return acceptTimestamp(root, offered, acceptance);
  const timestamp = acceptTimestamp(root, files.timestamp, acceptance);
  if (name === 'snapshot') return acceptSnapshot(root, isPromised ? timestamp : undefined, offered, acceptance);
  const snapshot = isPromised ? acceptSnapshot(root, timestamp, files.snapshot, acceptance) : undefined;
  if (name === 'targets') return acceptTargets(root, snapshot, offered, acceptance);
  const targets = acceptTargets(root, snapshot, files.targets, acceptance);
  const role = getDelegationRole(root, new Map([[TARGETS, targets]]), name as RoleName);
  return acceptDelegation(role, snapshot, offered, acceptance);
}

/** The envelope's meaning: what was signed. Signatures may be spelt otherwise, in the case of their method's letters. */
const meaning = ({ canonical }: Envelope): string => canonical.toString();

function outcome(edition: Edition, name: FileName, bytes: Buffer, isPromised: boolean): 'refused' | 'same' | 'changed' {
  try {
    accept(edition, name, bytes, isPromised);
  } catch (thrown) {
    if (isTufError(thrown)) return 'refused';
    throw thrown;
  }
  return meaning(parseEnvelope(bytes)) === meaning(edition.files[name]) ? 'same' : 'changed';
}

const flip = (bytes: Buffer, at: number, mask: number): Buffer => {
  const flipped = Buffer.from(bytes);
  flipped[at % bytes.length] = (flipped[at % bytes.length] ?? 0) ^ mask;
  return flipped;
};

describe('of a file with one byte that is not what it was', () => {
  test.each([RELEASES_FILE, ALICE, 'targets', 'snapshot'] as const)(
    '%s is refused, whichever byte it is',
    async (name) => {
      const edition = await goodEdition();
      const { bytes } = edition.files[name];
      const all = Array.from({ length: bytes.length }, (_, at) =>
        outcome(edition, name, flip(bytes, at, 1 << (at % 8)), true),
      );
      expect(new Set(all)).toEqual(new Set(['refused']));
    },
  );

  test.each(FILES)('%s that nothing promises is refused, or says what it said', async (name) => {
    const edition = await goodEdition();
    const { bytes } = edition.files[name];
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expect(outcome(edition, name, flip(bytes, at, mask), false)).not.toBe('changed');
      }),
      { numRuns: 300 },
    );
  });

  test.each(FILES)('%s that nothing promises is refused where the byte is of what was signed', async (name) => {
    const edition = await goodEdition();
    const { bytes, canonical } = edition.files[name];
    const from = bytes.indexOf(canonical.subarray(0, 10));
    const inside = Array.from({ length: Math.min(canonical.length, 400) }, (_, at) =>
      outcome(edition, name, flip(bytes, from + at, 1), false),
    );
    expect(new Set(inside)).toEqual(new Set(['refused']));
  });
});

test('of a file that is cut, doubled or put together from two, nothing is taken', async () => {
  const edition = await goodEdition();
  fc.assert(
    fc.property(fc.constantFrom(...FILES), fc.nat(), fc.nat(), (name, one, other) => {
      const { bytes } = edition.files[name];
      const [from, to] = [one % bytes.length, other % bytes.length];
      const spliced = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
      if (spliced.equals(bytes)) return;
      expect(outcome(edition, name, spliced, false)).not.toBe('changed');
    }),
    { numRuns: 500 },
  );
});
