import { NameInvalidError, parseRepositoryName, type RepositoryName } from '../core/index.ts';
import { keyName, type StorageDriver, type StorageKey } from '../storage/index.ts';
import { REPOSITORIES } from './layout.ts';

/** A folder is a repository when it has one of these; a name may be both a repository and the beginning of others. */
const MARKS = ['_layers', '_manifests'] as const;
/** Names are no longer, so neither is a path that leads anywhere, whatever links a person has put there. */
const MAX_NAME_LENGTH = 255;

/** Names of all repositories, in code-point order. */
export function listRepositories(driver: StorageDriver): Promise<RepositoryName[]> {
  return listFoldersWith(driver, MARKS);
}

/** Names of all that have uploads on their way, repositories or not yet. */
export function listUploading(driver: StorageDriver): Promise<RepositoryName[]> {
  return listFoldersWith(driver, ['_uploads']);
}

async function listFoldersWith(driver: StorageDriver, marks: readonly string[]): Promise<RepositoryName[]> {
  const names: RepositoryName[] = [];
  const visit = async (folder: StorageKey): Promise<void> => {
    if (folder.length - REPOSITORIES.length - 1 > MAX_NAME_LENGTH) return;
    let isMarked = false;
    for await (const child of driver.list(folder)) {
      const name = keyName(child);
      if (!name.startsWith('_')) await visit(child);
      else if (marks.includes(name)) isMarked = true;
    }
    const name = isMarked ? nameOf(folder) : undefined;
    if (name) names.push(name);
  };
  await visit(REPOSITORIES);
  return names.sort();
}

/** Undefined for a folder that somebody made by hand under a name no client can ask for. */
function nameOf(folder: StorageKey): RepositoryName | undefined {
  try {
    return parseRepositoryName(folder.slice(REPOSITORIES.length + 1));
  } catch (error) {
    if (error instanceof NameInvalidError) return undefined;
    throw error;
  }
}
