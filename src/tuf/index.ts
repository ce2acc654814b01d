export {
  acceptDelegation,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
} from './accept.ts';
export { acceptRoot, type RootAcceptance } from './accept-root.ts';
export type { Certificate } from './certificate.ts';
export { type CommonMembers, readCommon, type SignedCommon } from './common.ts';
export {
  type DelegationRole,
  findTarget,
  getDelegationRole,
  isPathOf,
  listDelegations,
  type TargetsTree,
  type WalkOptions,
  walkTargets,
} from './delegation-tree.ts';
export {
  type Envelope,
  formatEnvelope,
  MAX_METADATA_BYTES,
  parseEnvelope,
  type Signature,
  signMetadata,
} from './envelope.ts';
export {
  ChecksumMismatchError,
  ChecksumMissingError,
  ExpiredError,
  isTufError,
  KeyUnusableError,
  RoleInvalidError,
  RootRotationError,
  ThresholdError,
  TrustPinError,
  type TufError,
} from './errors.ts';
export { findInstant, formatGoDate, formatInstant } from './expiry.ts';
export {
  type FileMeta,
  fileMetaOf,
  formatFileMeta,
  parseFileMeta,
  verifyFileMeta,
  verifyLength,
} from './file-meta.ts';
export { type GateReport, type GateSink, gatesOf } from './gate.ts';
export { type Gun, GunInvalidError, parseGun } from './gun.ts';
export type { KeyKind } from './key-kind.ts';
export { defaultExpires } from './lifetime.ts';
export { choosePin, NO_PIN, type OpenPin, type Pin, type TrustPinning } from './pinning.ts';
export {
  certificateKey,
  type Fingerprint,
  formatPublicKey,
  type Keyid,
  PublicKey,
  parsePublicKey,
  publicKeyOf,
} from './public-key.ts';
export { formatRefusal, type GateFacts, type GateName, type Refusal, refusalOf } from './refusal.ts';
export type { Role, RoleKeys } from './role.ts';
export {
  type BaseRoleName,
  isBaseRole,
  isDelegation,
  isRoleName,
  parentRole,
  parseRoleName,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from './role-name.ts';
export { buildRoot, formatRoot, parseRoot, type Root, rootRole } from './root.ts';
export { listRootCertificates, type RootCertificate } from './root-certificate.ts';
export { isSignatureValid, signBytes } from './signature-scheme.ts';
export { openSigner, type Signer } from './signer.ts';
export {
  formatSnapshot,
  formatTimestamp,
  parseSnapshot,
  parseTimestamp,
  type Snapshot,
  type Timestamp,
} from './snapshot.ts';
export { MetadataTooLargeError, SuppressedError } from './strict-errors.ts';
export { verifyNotSuppressed } from './suppression.ts';
export { buildTargets, type Delegation, formatTargets, parseTargets, type Targets } from './targets.ts';
export { verifyThreshold } from './threshold.ts';
export { type Acceptance, isExpired, type Trusted, type TrustedBefore } from './trusted.ts';
export {
  COMPAT,
  isVerificationMode,
  maxBytesOf,
  STRICT,
  type VerificationMode,
  type VerificationRules,
  verificationRules,
  verifySize,
} from './verification.ts';
