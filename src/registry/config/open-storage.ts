import { createMemoryDriver, openFilesystemDriver, openS3Driver, type StorageDriver } from '../../storage/index.ts';
import type { StorageConfig } from './config.ts';

/** The storage that `config.storage` names. @throws {S3SdkMissingError} S3 without the optional packages it needs */
export async function openStorage(storage: StorageConfig): Promise<StorageDriver> {
  switch (storage.kind) {
    case 'filesystem':
      return openFilesystemDriver(storage.rootDirectory);
    case 'inmemory':
      return createMemoryDriver();
    case 's3':
      return openS3Driver(storage.options);
  }
}
