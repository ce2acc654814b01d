export { answerChallenge } from './authorization.ts';
export type { BlobDownload } from './blob.ts';
export type { SearchHit } from './catalog.ts';
export { openRegistryClient, type RegistryClient, type RegistryClientSettings } from './client.ts';
export type { ConnectAddress, RegistryCredentials, RegistryEndpoint } from './endpoint.ts';
export {
  type RegistryClientError,
  type RegistryProblem,
  RegistryProtocolError,
  RegistryRefusedError,
  RegistryStatusError,
  RegistryTokenError,
  RegistryTruncatedError,
  RegistryUnreachableError,
} from './errors.ts';
export { MAX_MANIFEST_BYTES, type ManifestHead, type OfferedManifest } from './manifest.ts';
export { openProxyAgent } from './proxy.ts';
export type { MountSource } from './upload.ts';
