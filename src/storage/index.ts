export { type Database, type DatabaseOptions, type Migrations, openDatabase } from './database.ts';
export {
  DatabaseConflictError,
  DatabaseDriverMissingError,
  DatabaseLocationError,
  DatabaseUnavailableError,
  MigrationError,
} from './database-errors.ts';
export { type DatabaseLocation, describeDatabase, parseDatabaseLocation } from './database-location.ts';
export type { Appender, ObjectStat, ReadRange, StorageDriver } from './driver.ts';
export { publishFile } from './durable-file.ts';
export { openFilesystemDriver } from './filesystem-driver.ts';
export { createMemoryDriver } from './memory-driver.ts';
export { openPostgresqlReader } from './postgresql/reader.ts';
export { ObjectTooLargeError, readObject } from './read-object.ts';
export { S3AccessDeniedError, S3RequestError, S3SdkMissingError } from './s3/errors.ts';
export type { S3Options } from './s3/options.ts';
export { openS3Driver, type S3Driver } from './s3/s3-driver.ts';
export { isStorageFull } from './storage-full.ts';
export {
  isKeyName,
  KeyNotFoundError,
  keyName,
  ObjectChangedError,
  parseStorageKey,
  type StorageKey,
  StorageKeyInvalidError,
  storageKey,
} from './storage-key.ts';
