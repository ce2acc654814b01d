import { NameInvalidError, parseRepositoryName, type RepositoryName } from '../../core/index.ts';
import { keyName, type StorageDriver, type StorageKey } from '../../storage/index.ts';
import { REPOSITORIES } from '../layout.ts';

/** Whatever has one of these has links, and with them blobs. */
const MARKS: ReadonlySet<string> = new Set(['_layers', '_manifests']);
/** A path as long as no name is, as links between folders make them, is not followed on. */
const MAX_NAME_LENGTH = 255;

/** All that is a repository by what is in it: those with a name, in order, and the folders of those that have none. */
export interface RepositoryFolders {
  readonly named: readonly RepositoryName[];
  readonly unnamed: readonly StorageKey[];
}

/** Unlike a catalog, which may leave out what no client can ask for, a collector has to know of every link. */
export async function findRepositoryFolders(driver: StorageDriver): Promise<RepositoryFolders> {
  const named: RepositoryName[] = [];
  const unnamed: StorageKey[] = [];
  const waiting: StorageKey[] = [REPOSITORIES];
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    let isRepository = false;
    for await (const child of driver.list(folder)) {
      if (MARKS.has(keyName(child))) isRepository = true;
      else if (!keyName(child).startsWith('_') && folder.length - REPOSITORIES.length <= MAX_NAME_LENGTH) {
        waiting.push(child);
      }
    }
    if (!isRepository) continue;
    const name = nameOf(folder);
    if (name) named.push(name);
    else unnamed.push(folder);
  }
  return { named: named.sort(), unnamed };
}

function nameOf(folder: StorageKey): RepositoryName | undefined {
  try {
    return parseRepositoryName(folder.slice(REPOSITORIES.length + 1));
  } catch (error) {
    if (error instanceof NameInvalidError) return undefined;
    throw error;
  }
}
