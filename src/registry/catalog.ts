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
  const waiting = [REPOSITORIES];
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    const { repository, children } = await readRepositoryFolder(driver, folder, marks);
    if (repository) names.push(repository);
    waiting.push(...children);
  }
  return names.sort();
}

/** A folder under which repositories may be. */
export interface RepositoryFolder {
  /** When it is one itself. */
  readonly repository: RepositoryName | undefined;
  /** Folders in it under which others may be. */
  readonly children: readonly StorageKey[];
}

export async function readRepositoryFolder(
  driver: StorageDriver,
  folder: StorageKey,
  marks: readonly string[] = MARKS,
): Promise<RepositoryFolder> {
  const children: StorageKey[] = [];
  let isMarked = false;
  for await (const child of driver.list(folder)) {
    const name = keyName(child);
    if (marks.includes(name)) isMarked = true;
    else if (!name.startsWith('_') && child.length - REPOSITORIES.length - 1 <= MAX_NAME_LENGTH) children.push(child);
  }
  return { repository: isMarked ? nameOf(folder) : undefined, children };
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
