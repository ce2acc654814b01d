import { isTag, MEDIA_TYPES, parseDigest, parseTag, type Tag } from '../../core/index.ts';
import { readBody } from '../../http/index.ts';
import { RegistryError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../manifest.ts';
import type { ManifestReference, Manifests, StoredManifest } from '../manifests.ts';
import { type Precondition, requireState } from '../precondition.ts';
import type { ManifestReader } from '../readers.ts';
import { type UrlRules, verifyUrls } from '../url-rules.ts';
import { etagOf, isUnchanged, parsePrecondition } from './conditional.ts';
import { expectUse } from './expected-use.ts';
import { manifestOf } from './happening.ts';
import { locationOf } from './location.ts';
import { emptyReply } from './reply.ts';
import type { RegistryRequest } from './request.ts';
import type { Handler } from './route.ts';

/** Tags that one PUT may set; the specification wants ten at least (distribution-spec, end-7b). */
const MAX_TAGS = 100;

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` (distribution-spec v1.1 end-3). MANIFEST_UNKNOWN. */
export function getManifest(manifests: ManifestReader): Handler {
  return async (request) => {
    const name = request.repository();
    const reference = parseKnownReference(request.reference());
    const use = isTag(reference) ? {} : await expectUse(manifests, request, name, reference);
    const found = await manifests.get(name, reference);
    const wanted = wantedImage(request, reference, found);
    const served = wanted ? await manifests.get(name, wanted) : found;
    const { digest, bytes, manifest, sources } = served;
    if (isUnchanged(request.header('if-none-match'), digest)) return emptyReply(304, { Etag: etagOf(digest) });
    return {
      happening: () => ({ action: 'pull', ...manifestOf(served, reference) }),
      ...(sources && !isChosen(found, reference) && { sources }),
      ...use,
      status: 200,
      headers: {
        'Content-Length': String(bytes.byteLength),
        'Content-Type': manifest.mediaType,
        'Docker-Content-Digest': digest,
        Etag: etagOf(digest),
      },
      body: bytes, // as stored
    };
  };
}

/**
 * `PUT` (end-7a); by digest with `?tag=`, as often as there are tags to put on it (end-7b, distribution-spec after v1.1).
 * MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, DIGEST_INVALID, TAG_INVALID; SIZE_INVALID, 413; PRECONDITION_FAILED.
 */
export function putManifest(manifests: Manifests, urlRules: UrlRules | undefined): Handler {
  return async (request) => {
    const name = request.repository();
    const reference = parseReference(request.reference());
    const tags = isTag(reference) ? [] : parseTags(request.queryAll('tag'));
    const precondition = preconditionOf(request);
    const bytes = await readBody(request.incoming, MAX_MANIFEST_BYTES);
    if (urlRules) verifyUrls(parseManifest(bytes, contentTypeOf(request)), urlRules);
    const { digest, manifest } = await manifests.put(name, reference, contentTypeOf(request), bytes, {
      tags,
      ...(precondition && { precondition }),
    });
    const reply = emptyReply(201, {
      Location: locationOf(request, `/v2/${name}/manifests/${digest}`),
      'Docker-Content-Digest': digest,
      ...(manifest.subject ? { 'OCI-Subject': manifest.subject.digest } : {}),
      ...(tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
    });
    const pushed = tags[0] ?? reference;
    return { ...reply, happening: () => ({ action: 'push', ...manifestOf({ digest, bytes, manifest }, pushed) }) };
  };
}

/** `DELETE` (end-9): a tag alone, or a manifest with every tag on it. MANIFEST_UNKNOWN; UNSUPPORTED when not enabled. */
export function deleteManifest(manifests: Manifests, isEnabled: boolean): Handler {
  return async (request) => {
    const name = request.repository();
    const reference = parseKnownReference(request.reference());
    if (!isEnabled) throw new RegistryError('UNSUPPORTED');
    const precondition = preconditionOf(request);
    if (isTag(reference)) {
      await manifests.deleteTag(name, reference, precondition);
      return { ...emptyReply(202), happening: () => ({ action: 'delete', tag: reference }) };
    } else {
      const found = await manifests.get(name, reference);
      if (precondition) requireState(precondition, found.digest);
      await manifests.delete(name, found);
      return { ...emptyReply(202), happening: () => ({ action: 'delete', ...manifestOf(found, reference) }) };
    }
  };
}

function preconditionOf(request: RegistryRequest): Precondition | undefined {
  return parsePrecondition(request.header('if-match'), request.header('if-none-match'));
}

/** @throws {TagInvalidError} @throws {RegistryError} SIZE_INVALID, 414: more than one request may set */
function parseTags(texts: readonly string[]): Tag[] {
  if (texts.length > MAX_TAGS) {
    throw new RegistryError('SIZE_INVALID', `at most ${MAX_TAGS} tags in a request`, { status: 414 });
  }
  return [...new Set(texts.map(parseTag))];
}

/** @throws {DigestInvalidError | TagInvalidError} */
function parseReference(text: string): ManifestReference {
  return text.includes(':') ? parseDigest(text) : parseTag(text);
}

/** What no tag can be called is not there, rather than wrong. @throws {RegistryError} MANIFEST_UNKNOWN */
function parseKnownReference(text: string): ManifestReference {
  if (!text.includes(':') && !isTag(text)) throw new RegistryError('MANIFEST_UNKNOWN', { Tag: text.slice(0, 160) });
  return parseReference(text);
}

function contentTypeOf(request: RegistryRequest): string {
  return (request.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
}

/**
 * Docker before 1.10 knows images but no lists of them: asked for a tag by such a client, a Docker manifest list stands
 * for its linux/amd64 image, as CNCF distribution has it. Everything else is served as stored, whatever is accepted.
 */
function wantedImage(request: RegistryRequest, reference: ManifestReference, found: StoredManifest) {
  if (!isChosen(found, reference)) return undefined;
  const accept = request.header('accept') ?? '';
  if (!accept.includes(MEDIA_TYPES.dockerManifest)) return undefined;
  if (accept.includes(MEDIA_TYPES.dockerManifestList) || accept.includes('*/*')) return undefined;
  return found.manifest.manifests.find(({ os, architecture }) => os === 'linux' && architecture === 'amd64')?.digest;
}

/** Does what is served depend on what the client accepts? */
function isChosen({ manifest }: StoredManifest, reference: ManifestReference): boolean {
  return manifest.mediaType === MEDIA_TYPES.dockerManifestList && isTag(reference);
}
