import {
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
  type Log,
  type RepositoryName,
  type Tag,
} from '../../core/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { OfferedManifest } from '../client/index.ts';
import { RegistryError } from '../errors.ts';
import { blobDataKey, revisionLinkKey } from '../layout.ts';
import type { Links } from '../links.ts';
import { parseManifest } from '../manifest.ts';
import type { ManifestReference, Manifests, StoredManifest } from '../manifests.ts';
import type { ManifestReader, TagReader } from '../readers.ts';
import type { Tags } from '../tags.ts';
import { type Upstream, UpstreamUnavailableError } from './upstream.ts';

interface Parts {
  readonly upstream: Upstream;
  readonly manifests: Manifests;
  readonly tags: Tags;
  readonly driver: StorageDriver;
  readonly links: Links;
  readonly log: Log;
}

/**
 * Manifests of another registry, kept here. By digest what is kept is served; by tag the other registry is asked
 * first what the tag means now, and only when it can't answer what it meant last.
 */
export class ProxiedManifests implements ManifestReader, TagReader {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws {RegistryError} MANIFEST_UNKNOWN @throws {UpstreamUnavailableError} nothing kept, and nobody to ask */
  async get(name: RepositoryName, reference: ManifestReference): Promise<StoredManifest> {
    const found = isDigest(reference) ? await this.#byDigest(name, reference) : await this.#byTag(name, reference);
    if (found) return found;
    const detail = isDigest(reference) ? { Name: name, Revision: reference } : { Tag: reference };
    throw new RegistryError('MANIFEST_UNKNOWN', detail);
  }

  /** The other registry's tags, or those kept here while it does not answer. @throws {RegistryError} NAME_UNKNOWN */
  async list(name: RepositoryName): Promise<readonly Tag[]> {
    const { upstream, tags } = this.#parts;
    try {
      const listed = await upstream.ask(async (client) => {
        const all: Tag[] = [];
        for await (const tag of client.listTags(name)) all.push(tag);
        return all;
      });
      if (listed === undefined) throw new RegistryError('NAME_UNKNOWN', { name });
      return listed.sort();
    } catch (thrown) {
      if (!(thrown instanceof UpstreamUnavailableError)) throw thrown;
      return tags.list(name);
    }
  }

  async #byDigest(name: RepositoryName, digest: Digest): Promise<StoredManifest | undefined> {
    const { manifests, upstream } = this.#parts;
    const kept = await manifests.find(name, digest);
    if (kept) return kept;
    const offered = await upstream.ask((client) => client.getManifest(name, digest));
    if (!offered) return undefined;
    return this.#keep(name, offered, digest);
  }

  async #byTag(name: RepositoryName, tag: Tag): Promise<StoredManifest | undefined> {
    const { manifests, upstream, tags, log } = this.#parts;
    try {
      const head = await upstream.ask((client) => client.headManifest(name, tag));
      if (!head) return undefined;
      const kept = head.digest && (await manifests.find(name, head.digest));
      if (kept) {
        if ((await tags.find(name, tag)) !== kept.digest) await tags.put(name, tag, kept.digest);
        return kept;
      }
      const offered = await upstream.ask((client) => client.getManifest(name, tag));
      if (!offered) return undefined;
      const fresh = await this.#keep(name, offered, digestOf(offered.bytes));
      await tags.put(name, tag, fresh.digest);
      return fresh;
    } catch (thrown) {
      if (!(thrown instanceof UpstreamUnavailableError)) throw thrown;
      const stale = await manifests.find(name, tag);
      if (!stale) throw thrown;
      log.warn('upstream does not answer; serving what the tag meant last', { name, tag, digest: stale.digest });
      return stale;
    }
  }

  /** Stores a manifest without asking for what it names: that is fetched when somebody wants it. */
  async #keep(name: RepositoryName, { bytes, mediaType }: OfferedManifest, digest: Digest): Promise<StoredManifest> {
    const { driver, links, upstream } = this.#parts;
    if (digestOf(bytes, digestAlgorithm(digest)) !== digest) {
      throw new UpstreamUnavailableError(`${upstream.url} gave other bytes than ${digest}`);
    }
    const manifest = parseManifest(bytes, mediaType);
    await driver.write(blobDataKey(digest), [bytes]);
    await links.put(revisionLinkKey(name, digest), digest);
    return { digest, bytes, manifest };
  }
}
