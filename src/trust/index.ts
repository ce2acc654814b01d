export { BackupClosedError, BackupInvalidError, openBundle, sealBundle } from './backup/sealed-bundle.ts';
export {
  collectBackup,
  formatBackup,
  MAX_BACKUP_BYTES,
  parseBackup,
  type Restoration,
  restoreBackup,
  type TrustBackup,
} from './backup/trust-backup.ts';
export type { Change, DelegationChange, DelegationEdit, RootChange, TargetChange, WitnessChange } from './change.ts';
export { ChangeInvalidError } from './change.ts';
export type { ChangeFile } from './change-file.ts';
export { ChangeList, type StagedChange } from './change-list.ts';
export {
  type FoundTarget,
  findTarget,
  getTarget,
  getTargetsRole,
  listDelegationRoles,
  listSignedTargets,
  listTargets,
  RELEASES,
  type SignedTarget,
  type TrustCollection,
} from './collection.ts';
export { CollectionLockedError, type LockWaiting } from './collection-lock.ts';
export { describeTrustError } from './describe-error.ts';
export { type DockerfileImage, listDockerfileImages } from './dockerfile/images.ts';
export { DockerfileError } from './dockerfile/instructions.ts';
export { examineAdministration } from './doctor/administration.ts';
export { explainFailure } from './doctor/advice.ts';
export { type Finding, ok, problem, warning } from './doctor/finding.ts';
export { examineKeyFiles } from './doctor/key-files.ts';
export { examineRoles, type Workplace } from './doctor/roles.ts';
export { examineSigning } from './doctor/signing.ts';
export {
  InsufficientSignaturesError,
  NoSignableRolesError,
  NoSigningKeysError,
  RepositoryNotFoundError,
  RoleUnverifiedError,
  RootGapError,
  TargetNotAdmittedError,
  TargetNotFoundError,
  TooManyDelegationsError,
  TooManyRootsError,
  TooSlowError,
} from './errors.ts';
export { firstRootKeyid, type InitialRoot } from './initialize.ts';
export { KeyFileMismatchError, KeyOnTokenError, SigningKeyNotFoundError, TokenMissingError } from './key-errors.ts';
export { isKeyid, type KeyInfo } from './key-info.ts';
export { KeyStore } from './key-store.ts';
export { type AskPin, type KeyToken, openKeyToken, type TokenKey } from './key-token.ts';
export { exportKeys, importKeys, type KeyImport, KeyImportError } from './key-transfer.ts';
export {
  type LockedCollection,
  LockMismatchError,
  listLockDifferences,
  lockCollectionState,
} from './lock.ts';
export { formatTrustLock, LockInvalidError, parseTrustLock, type TrustLock } from './lock-file.ts';
export { PinnedAuthorityError } from './open-pin.ts';
export { decryptAsked, PassphraseInvalidError } from './opened-key.ts';
export {
  askNewPassphrase,
  type Environment,
  environmentPassphrases,
  type PassphraseAnswer,
  PassphraseAttemptsError,
  type PassphraseRequest,
  type PassphraseSource,
} from './passphrase.ts';
export { type Prompter, promptPassphrases } from './passphrase-prompt.ts';
export { FileTooLargeError, findFile, writePrivateFile } from './private-file.ts';
export type { TrustRepositoryParts } from './reader.ts';
export { recodeKey } from './recode-key.ts';
export { KeysLostError, type RepositoryRecovery, recoverRepository } from './recover-repository.ts';
export { CollectionNotResetError, lastVerified, type RootRecovery, recoverRoot } from './recover-root.ts';
export type { Renewal } from './renewal.ts';
export { TrustRepository } from './repository.ts';
export { type Beginning, beginRequest } from './request/begin-request.ts';
export type { Difference } from './request/difference.ts';
export { type OpenRequest, openRequest, publishRequest, signRequest } from './request/open-request.ts';
export { RequestOvertakenError } from './request/request-draft.ts';
export { RequestIncompleteError, type RoleStatus } from './request/request-status.ts';
export {
  formatRequest,
  MAX_REQUEST_BYTES,
  parseRequest,
  RequestInvalidError,
  type SigningRequest,
} from './request/signing-request.ts';
export { listPolicyRoles, ThresholdRoleError, ThresholdUnreachableError, thresholdChanges } from './role-policy.ts';
export { parseRotationRole, RotationInvalidError, type RotationOptions } from './rotation.ts';
export { listSignableRoles } from './signable-roles.ts';
export type { FindSize } from './target-size.ts';
export { formatTraceEvent, type TraceEvent, type TraceSink } from './trace.ts';
export { MetadataCache, TrustDirectory } from './trust-directory.ts';
export type { TrustServer } from './trust-server.ts';
