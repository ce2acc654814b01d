import { humanCount } from '../core/index.ts';
import {
  ChecksumMismatchError,
  ChecksumMissingError,
  ExpiredError,
  isTufError,
  KeyidMismatchError,
  MetadataInvalidError,
  MetadataMalformedError,
  NoSignaturesError,
  RoleInvalidError,
  RollbackError,
  ThresholdError,
  TrustPinError,
  type TufError,
} from './errors.ts';
import { LengthMismatchError, MetadataTooLargeError, SameVersionError, SuppressedError } from './strict-errors.ts';

/** The checks that metadata passes, by name. */
export type GateName =
  | 'size'
  | 'length'
  | 'hash'
  | 'form'
  | 'content'
  | 'signatures'
  | 'version'
  | 'same version'
  | 'date'
  | 'certificates'
  | 'pin'
  | 'rotation'
  | 'own signatures'
  | 'root promised'
  | 'suppression';

/** What a gate asked for, and what it was shown. */
export interface GateFacts {
  readonly expected: string;
  readonly found: string;
}

/** Why something was refused, for those who want to know more than the message. */
export interface Refusal extends GateFacts {
  readonly code: TufError['code'];
  readonly gate: GateName;
}

/** @returns undefined for what verification did not throw */
export function refusalOf(thrown: unknown): Refusal | undefined {
  if (!isTufError(thrown)) return undefined;
  const [gate, expected, found] = describe(thrown);
  return { code: thrown.code, gate, expected, found };
}

function describe(error: TufError): readonly [GateName, string, string] {
  if (error instanceof ThresholdError) {
    const needed = humanCount(error.threshold, 'signature');
    return ['signatures', `${needed} by different keys of ${error.role}`, humanCount(error.signers, 'signature')];
  }
  if (error instanceof NoSignaturesError) return ['signatures', 'signatures', 'none'];
  if (error instanceof KeyidMismatchError)
    return ['signatures', 'a key under its own id', `another under ${error.keyid}`];
  if (error instanceof RollbackError) {
    return ['version', `version ${error.trustedVersion} or later`, `version ${error.version}`];
  }
  if (error instanceof SameVersionError) {
    return ['same version', `version ${error.version} as it was before`, 'another content under that version'];
  }
  if (error instanceof ExpiredError) return ['date', 'a date to come', error.expires];
  if (error instanceof LengthMismatchError) {
    return ['length', humanCount(error.expected, 'byte'), humanCount(error.found, 'byte')];
  }
  if (error instanceof MetadataTooLargeError) {
    return ['size', `at most ${humanCount(error.limit, 'byte')}`, humanCount(error.found, 'byte')];
  }
  if (error instanceof ChecksumMismatchError) return ['hash', error.expected, error.found];
  if (error instanceof ChecksumMissingError) return ['hash', 'a SHA-256 or SHA-512', 'none'];
  if (error instanceof SuppressedError) {
    return ['suppression', `${error.role}, version ${error.version} or later`, 'nothing'];
  }
  if (error instanceof TrustPinError) return ['pin', 'a pinned certificate or key', error.found.join(', ') || 'none'];
  if (error instanceof MetadataInvalidError || error instanceof RoleInvalidError) {
    return ['content', `sound metadata of ${error.role}`, error.message];
  }
  if (error instanceof MetadataMalformedError) {
    return ['form', `sound metadata${error.role === undefined ? '' : ` of ${error.role}`}`, error.message];
  }
  const gate = GATES[error.code] ?? 'form';
  const inner = refusalOf(error.cause); // some wrap the check that failed
  return inner ? [gate, inner.expected, inner.found] : [gate, 'sound metadata', error.message];
}

const GATES: Partial<Record<TufError['code'], GateName>> = {
  TUF_ROOT_INVALID: 'own signatures',
  TUF_ROOT_ROTATION: 'rotation',
  TUF_KEY_UNUSABLE: 'signatures',
};

/** `signatures gate: expected 1 signature by different keys of timestamp, found 0 signatures (TUF_THRESHOLD)`. */
export function formatRefusal({ gate, expected, found, code }: Refusal): string {
  return `${gate} gate: expected ${expected}, found ${found} (${code})`;
}
