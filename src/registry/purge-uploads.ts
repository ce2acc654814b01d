import type { RepositoryName } from '../core/index.ts';
import { KeyNotFoundError, keyName, readObject, type StorageDriver } from '../storage/index.ts';
import { listUploading } from './catalog.ts';
import { uploadDataKey, uploadFolder, uploadStartKey, uploadsFolder } from './layout.ts';
import { isUploadId, type UploadId } from './upload-id.ts';

/** One upload that was given up. */
export interface PurgedUpload {
  readonly repository: RepositoryName;
  readonly id: UploadId;
  readonly startedAt: Date;
}

/**
 * Removes uploads that were started before `before` and never finished, as CNCF distribution does after a week. What is
 * still being written to is left alone: its data is younger than that. Takes what crashes left in the store along. A dry
 * run only says what it would remove.
 */
export async function purgeUploads(
  driver: StorageDriver,
  before: Date,
  { isDryRun = false }: { readonly isDryRun?: boolean } = {},
): Promise<PurgedUpload[]> {
  const purged: PurgedUpload[] = [];
  for (const repository of await listUploading(driver)) {
    for await (const key of driver.list(uploadsFolder(repository))) {
      const id = keyName(key);
      if (!isUploadId(id)) continue;
      const data = await driver.appended(uploadDataKey(repository, id));
      const startedAt = (await findStart(driver, repository, id)) ?? data?.modifiedAt; // a crash may have left the data alone
      if (!startedAt || startedAt >= before || (data && data.modifiedAt >= before)) continue;
      if (!isDryRun) await driver.delete(uploadFolder(repository, id));
      purged.push({ repository, id, startedAt });
    }
  }
  if (!isDryRun) await driver.reap?.(before);
  return purged;
}

/** By the upload's own note, which either registry writes as RFC 3339; by the note's age when it says nothing usable. */
async function findStart(driver: StorageDriver, name: RepositoryName, id: UploadId): Promise<Date | undefined> {
  const key = uploadStartKey(name, id);
  try {
    const noted = new Date(String(await readObject(driver, key, 4096)));
    return Number.isNaN(noted.getTime()) ? (await driver.stat(key))?.modifiedAt : noted;
  } catch (error) {
    if (error instanceof KeyNotFoundError) return undefined;
    throw error;
  }
}
