export type { Actor } from './actor.ts';
export { writeBackup } from './adopt/backup.ts';
export { BackupInvalidError, DatabaseNotEmptyError } from './adopt/backup-format.ts';
export { type ImportedKeys, importKeys } from './adopt/import-keys.ts';
export { type ImportedCollection, type ImportOriginalOptions, importOriginal } from './adopt/import-original.ts';
export { describeOriginal, type OriginalLocation, parseOriginalLocation } from './adopt/original-location.ts';
export type { BackupReport } from './adopt/read-backup.ts';
export { type RestoreOptions, restoreBackup } from './adopt/restore.ts';
export { OriginalRowError, openSqlReader, type SqlReader } from './adopt/sql-reader.ts';
export { secretOf } from './config/key-secret.ts';
export { parseServerConfig, type ServerSurroundings } from './config/parse-server-config.ts';
export { openPolicy } from './config/policy.ts';
export { type ServedNotary, serveNotary } from './config/serve-notary.ts';
export { type ServedSigner, serveSigner } from './config/serve-signer.ts';
export type { ServerConfig } from './config/server-config.ts';
export { parseSignerConfig, type SignerConfig } from './config/signer-config.ts';
export { readPassphrases } from './config/signer-passphrases.ts';
export { accessAuthorizer } from './http/access-authorizer.ts';
export type { CacheAges } from './http/reply.ts';
export type { Access } from './http/routes.ts';
export { createNotaryServer, type NotaryServer } from './http/server.ts';
export type { NotaryServerOptions } from './http/server-options.ts';
export { changeSecret, type SecretChange } from './keys/change-secret.ts';
export { KEY_ALGORITHMS, type KeyAlgorithm } from './keys/key-algorithm.ts';
export { listServerKeys, type ServerKeyListing } from './keys/key-list.ts';
export { MIN_SECRET_BYTES, systemRandom } from './keys/key-vault.ts';
export { openServerKeys, type ServerKeysContext, type TrustService } from './keys/open-server-keys.ts';
export type { SecretSource } from './keys/secret-source.ts';
export type { OpenServerKeys, ServerKeys, ServerRole } from './keys/server-keys.ts';
export type { Notary } from './notary.ts';
export type { CallStatus, SignerCall, SignerGate } from './signer/call-gate.ts';
export type { KeyListing } from './signer/key-row.ts';
export type { KeyRows } from './signer/key-rows.ts';
export { openKeyRows } from './signer/open-signer-keys.ts';
export type { Passphrases } from './signer/passphrases.ts';
export { type Reencryption, reencryptKeys } from './signer/reencrypt.ts';
export { openSignerDatabase } from './signer/signer-database.ts';
export {
  type AuditHead,
  AuditLog,
  type AuditQuery,
  appendEntry,
  type HashedEntry,
} from './store/audit/audit-log.ts';
export { auditedPrune } from './store/audit/audited-prune.ts';
export { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type AuditEvent } from './store/audit/entry.ts';
export { type AuditReport, verifyAudit } from './store/audit/verify-audit.ts';
export type { Change, ChangeQuery } from './store/change-feed.ts';
export type { CollectionProblem } from './store/collection-check.ts';
export {
  type CollectionQuery,
  type CollectionSummary,
  countCollections,
  listCollections,
  walkCollections,
} from './store/collection-list.ts';
export { type RoleView, viewCollection } from './store/collection-view.ts';
export { compareVersions, type RoleDifference } from './store/difference.ts';
export { type Expiry, listExpiring } from './store/expiry-report.ts';
export { type FileVersion, type HistoryQuery, listRoles, listVersions } from './store/history.ts';
export { MetadataStore, type StoredFile } from './store/metadata-store.ts';
export { type PrunedCollection, type PruneOptions, prune } from './store/prune.ts';
export type { Retention } from './store/retention.ts';
export { type NotaryDatabase, openNotaryDatabase } from './store/schema.ts';
export { type VerifiedCollection, type VerifyOptions, verifyStore } from './store/verify-store.ts';
export { WireError, type WireErrorCode } from './wire-error.ts';
