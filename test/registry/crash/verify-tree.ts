import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SHELF = 'docker/registry/v2';

/**
 * What is wrong with a tree, found without the registry's code: bytes that are not what their digest says; manifests that
 * name what their repository has not; tags that lead nowhere. Remembers what it has hashed while that does not change.
 */
export class TreeVerifier {
  readonly #root: string;
  readonly #hashed = new Map<string, string>();

  constructor(root: string) {
    this.#root = join(root, SHELF);
  }

  faults(): string[] {
    if (!existsSync(this.#root)) return [];
    return [...this.#wrongBlobs(), ...this.#repositories().flatMap((folder) => [...this.#faultsOf(folder)])];
  }

  *#wrongBlobs(): Iterable<string> {
    for (const path of paths(join(this.#root, 'blobs')).filter((each) => each.endsWith('/data'))) {
      const file = join(this.#root, 'blobs', path);
      const { size, ctimeMs, ino } = statSync(file);
      const version = `${ino} ${size} ${ctimeMs}`;
      if (this.#hashed.get(path) === version) continue;
      const [algorithm = '', , hex = ''] = path.split('/');
      const found = createHash(algorithm).update(readFileSync(file)).digest('hex');
      if (found !== hex) yield `${path} hashes to ${found}`;
      else this.#hashed.set(path, version);
    }
  }

  #repositories(): string[] {
    const root = join(this.#root, 'repositories');
    return paths(root)
      .filter((path) => path.endsWith('/_manifests'))
      .map((path) => join(root, path, '..'));
  }

  *#faultsOf(repository: string): Iterable<string> {
    const revisions = join(repository, '_manifests/revisions');
    for (const link of paths(revisions).filter((path) => path.endsWith('/link'))) {
      const digest = readFileSync(join(revisions, link), 'utf8');
      const manifest = this.#blob(digest);
      if (!manifest) yield `${repository}: manifest ${digest} has no bytes`;
      else for (const fault of this.#missingFrom(repository, digest, manifest)) yield fault;
    }
    const tags = join(repository, '_manifests/tags');
    for (const link of paths(tags).filter((path) => path.endsWith('/current/link'))) {
      const digest = readFileSync(join(tags, link), 'utf8');
      if (!has(join(revisions, digest.replace(':', '/'))))
        yield `${repository}: tag ${link} leads to ${digest}, not here`;
    }
  }

  *#missingFrom(repository: string, digest: string, bytes: Buffer): Iterable<string> {
    const { config, layers = [], manifests = [] } = JSON.parse(String(bytes));
    for (const named of [config, ...layers].filter(Boolean)) {
      const link = join(repository, '_layers', named.digest.replace(':', '/'));
      if (!has(link) || !this.#blob(named.digest))
        yield `${repository}: ${digest} names blob ${named.digest}, not here`;
    }
    for (const named of manifests) {
      const link = join(repository, '_manifests/revisions', named.digest.replace(':', '/'));
      if (!has(link)) yield `${repository}: ${digest} names manifest ${named.digest}, not here`;
    }
  }

  #blob(digest: string): Buffer | undefined {
    const [algorithm = '', hex = ''] = digest.split(':');
    const path = join(this.#root, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
    return existsSync(path) ? readFileSync(path) : undefined;
  }
}

const has = (folder: string): boolean => existsSync(join(folder, 'link'));

function paths(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
}
