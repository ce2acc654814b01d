import { NameInvalidError, parseRepositoryName, type RepositoryName } from '../core/index.ts';
import { keyName, type StorageDriver, type StorageKey } from '../storage/index.ts';
import { REPOSITORIES } from './layout.ts';

/** A folder is a repository when it has one of these; a name may be both a repository and the beginning of others. */
const MARKS = new Set(['_layers', '_manifests']);

/** Names of all repositories, in code-point order. */
export async function listRepositories(driver: StorageDriver): Promise<RepositoryName[]> {
  const names: RepositoryName[] = [];
  const visit = async (folder: StorageKey): Promise<void> => {
    let isRepository = false;
    for await (const child of driver.list(folder)) {
      const name = keyName(child);
      if (!name.startsWith('_')) await visit(child);
      else if (MARKS.has(name)) isRepository = true;
    }
    const name = isRepository ? nameOf(folder) : undefined;
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
