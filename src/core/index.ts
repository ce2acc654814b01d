export { CanonicalJsonError, formatCanonicalJson } from './canonical-json.ts';
export { type Clock, systemClock } from './clock.ts';
export type { Descriptor } from './descriptor.ts';
export {
  type Digest,
  type DigestAlgorithm,
  Digester,
  DigestInvalidError,
  DigestMismatchError,
  digestAlgorithm,
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
} from './digest.ts';
export { errorMessage, TrustSandboxError } from './errors.ts';
export { humanCount } from './human-count.ts';
export { humanDuration } from './human-duration.ts';
export { humanSize } from './human-size.ts';
export {
  DEFAULT_DOMAIN,
  familiarName,
  formatReference,
  fullName,
  type ImageReference,
  parseImageReference,
  ReferenceInvalidError,
  withDefaultTag,
} from './image-reference.ts';
export {
  isJsonObject,
  type JsonLimits,
  JsonMalformedError,
  type JsonObject,
  type JsonValue,
  parseJson,
} from './json.ts';
export { type Log, type LogFields, silentLog } from './log.ts';
export { isImageManifest, isIndex, MEDIA_TYPES } from './media-type.ts';
export {
  isTag,
  NameInvalidError,
  parseRepositoryName,
  parseTag,
  type RepositoryName,
  type Tag,
  TagInvalidError,
} from './repository-name.ts';
export { Started } from './started.ts';
export { packageVersion } from './version.ts';
