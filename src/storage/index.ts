export { type Database, MigrationError, type Migrations, openDatabase } from './database.ts';
export type { ObjectStat, ReadRange, StorageDriver } from './driver.ts';
export { openFilesystemDriver } from './filesystem-driver.ts';
export { createMemoryDriver } from './memory-driver.ts';
export { ObjectTooLargeError, readObject } from './read-object.ts';
export {
  KeyNotFoundError,
  keyName,
  parseStorageKey,
  type StorageKey,
  StorageKeyInvalidError,
  storageKey,
} from './storage-key.ts';
