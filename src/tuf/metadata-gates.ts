import type { SignedCommon } from './common.ts';
import type { Envelope } from './envelope.ts';
import { type FileMeta, verifyFileMeta } from './file-meta.ts';
import { gatesOf } from './gate.ts';
import type { Role } from './role.ts';
import { verifyThreshold } from './threshold.ts';
import { type Acceptance, floorOf, verifyExpiry, verifySameVersion, verifyVersion } from './trusted.ts';

/** Sections of TUF v1.0.34 that ask for each check of one role's file. */
export interface GateSections {
  readonly hash: string;
  readonly signatures: string;
  readonly version: string;
  readonly date: string;
}

/** The checks that are the same for every role, each told of where somebody wants to know. */
export interface MetadataGates {
  /** The bytes are those that the file above promises. */
  promised(meta: FileMeta | undefined): void;
  signed(role: Role): void;
  parsed<T extends SignedCommon>(parse: () => T): T;
  /** Not older than what was trusted before, and strictly no other content under its version. */
  notOlder(metadata: SignedCommon): void;
  notExpired(metadata: SignedCommon): void;
}

export function metadataGates(
  name: string,
  offered: Envelope,
  acceptance: Acceptance,
  sections: GateSections,
): MetadataGates {
  const { onGate, before, rules } = acceptance;
  const gate = gatesOf(name, onGate);
  return {
    promised: (meta) =>
      gate(
        'hash',
        sections.hash,
        () => verifyFileMeta(name, offered.bytes, meta, rules),
        () => ({ expected: describeMeta(meta), found: `the same, ${offered.bytes.length} bytes` }),
      ),
    signed: (role) => {
      gate(
        'signatures',
        sections.signatures,
        () => verifyThreshold(role, offered),
        (signers) => ({
          expected: `${role.threshold} of ${role.keys.size} keys`,
          found: `signatures by ${signers.join(', ')}`,
        }),
      );
    },
    parsed: (parse) =>
      gate('content', '', parse, ({ version }) => ({ expected: `metadata of ${name}`, found: `version ${version}` })),
    notOlder(metadata) {
      const { version } = metadata;
      gate(
        'version',
        sections.version,
        () => verifyVersion(name, metadata, acceptance),
        () => ({ expected: `version ${floorOf(acceptance)} or later`, found: `version ${version}` }),
      );
      if (!rules?.isContentFixed || !before) return;
      gate(
        'same version',
        sections.version,
        () => verifySameVersion(name, metadata, offered, before),
        () => ({ expected: `version ${before.version} unchanged, or a later one`, found: `version ${version}` }),
      );
    },
    notExpired: (metadata) =>
      gate(
        'date',
        sections.date,
        () => verifyExpiry(name, metadata, acceptance),
        () => ({ expected: acceptance.allowExpired ? 'any date' : 'a date to come', found: metadata.expires }),
      ),
  };
}

function describeMeta(meta: FileMeta | undefined): string {
  return `sha256 ${meta?.hashes.get('sha256')?.toString('hex') ?? 'of none'}`;
}
