export type { Blobs } from './blobs.ts';
export { REGISTRY_ERRORS, RegistryError, type RegistryErrorCode, type RegistryErrorEntry } from './errors.ts';
export { blobDataKey } from './layout.ts';
export { MAX_MANIFEST_BYTES, type Manifest } from './manifest.ts';
export type { ManifestReference, Manifests, StoredManifest } from './manifests.ts';
export type { PurgedUpload } from './purge-uploads.ts';
export { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
export type { Tags } from './tags.ts';
