import { join } from 'node:path';
import { type Gun, GunInvalidError, isRoleName, parseGun, type RoleName } from '../tuf/index.ts';
import { findFile, listFolder, listFolders, removeFile, removeFolder, writePrivateFile } from './private-file.ts';

/** No metadata file is read beyond this (100 MiB, the limit of Notary's client for what has no announced size). */
export const MAX_METADATA_BYTES = 100 * 1024 * 1024;

const METADATA = 'metadata';
const EXTENSION = '.json';
/** Of folders in folders: a GUN has at most 255 characters. */
const MAX_DEPTH = 128;

/**
 * A client's trust directory, `$DOCKER_CONFIG/trust` or `~/.notary`, in the layout that docker and notary share
 * (docs/wire/trust-directory.md). Files 0600, folders 0700. Only this file builds paths in it, from parsed values:
 *
 *     private/<canonical keyid>.key               a private key, see `KeyStore`
 *     tuf/<GUN>/metadata/<role>.json              what was last accepted, `targets/<name>.json` for delegations
 *     tuf/<GUN>/changelist/<time>_<uuid>.change   what waits for the next publish, see `ChangeList`
 *     locks/<SHA-256 of the GUN>                  ours alone, see `lockCollection`
 */
export class TrustDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get privateFolder(): string {
    return join(this.path, 'private');
  }

  get lockFolder(): string {
    return join(this.path, 'locks');
  }

  changeFolder(gun: Gun): string {
    return join(this.path, 'tuf', ...gun.split('/'), 'changelist');
  }

  /** Removes what is cached and staged for one GUN; other collections may lie in folders below it. */
  async removeCollection(gun: Gun): Promise<void> {
    const folder = join(this.path, 'tuf', ...gun.split('/'));
    await removeFolder(join(folder, 'metadata'));
    await removeFolder(join(folder, 'changelist'));
  }

  /** Every collection of which there is metadata. */
  async listCollections(): Promise<readonly Gun[]> {
    const found: Gun[] = [];
    const walk = async (folder: string, names: readonly string[]): Promise<void> => {
      if (names.length > MAX_DEPTH) return;
      for (const name of await listFolders(folder)) {
        if (name === METADATA && names.length > 0 && isGun(names.join('/'))) found.push(names.join('/') as Gun);
        else await walk(join(folder, name), [...names, name]);
      }
    };
    await walk(join(this.path, 'tuf'), []);
    return found;
  }

  metadata(gun: Gun): MetadataCache {
    return new MetadataCache(join(this.path, 'tuf', ...gun.split('/'), 'metadata'));
  }
}

/** The metadata of one GUN as kept on disk. What is read from it is as untrusted as what comes from the network. */
export class MetadataCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @throws {FileTooLargeError} larger than `maxBytes`
   */
  find(role: RoleName, maxBytes = MAX_METADATA_BYTES): Promise<Buffer | undefined> {
    return findFile(this.pathOf(role), maxBytes);
  }

  /** All that is there, by role. What is no role's file is passed over. */
  async list(): Promise<ReadonlyMap<RoleName, Buffer>> {
    const found = new Map<RoleName, Buffer>();
    const walk = async (folder: string, names: readonly string[]): Promise<void> => {
      if (names.length > MAX_DEPTH) return;
      for (const name of await listFolder(folder)) {
        const role = [...names, name].join('/').slice(0, -EXTENSION.length);
        if (!name.endsWith(EXTENSION)) await walk(join(folder, name), [...names, name]);
        else if (isRoleName(role)) found.set(role as RoleName, (await this.find(role as RoleName)) ?? Buffer.alloc(0));
      }
    };
    await walk(this.#folder, []);
    return found;
  }

  put(role: RoleName, bytes: Uint8Array): Promise<void> {
    return writePrivateFile(this.pathOf(role), bytes);
  }

  remove(role: RoleName): Promise<void> {
    return removeFile(this.pathOf(role));
  }

  /** Where a role's file is, or would be. */
  pathOf(role: RoleName): string {
    return join(this.#folder, ...`${role}.json`.split('/'));
  }
}

function isGun(text: string): boolean {
  try {
    return parseGun(text) === text;
  } catch (thrown) {
    if (thrown instanceof GunInvalidError) return false;
    throw thrown;
  }
}
