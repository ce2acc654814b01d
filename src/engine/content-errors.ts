import { type Digest, TrustSandboxError } from '../core/index.ts';

/** What a registry gave is not what its digest says. */
export class ContentMismatchError extends TrustSandboxError {
  readonly code = 'ENGINE_CONTENT_MISMATCH';
  readonly digest: Digest;
  constructor(what: 'manifest' | 'image config' | 'filesystem layer', digest: Digest) {
    super(`${what} verification failed for digest ${digest}`);
    this.digest = digest;
  }
}

/** Layers that are whole, but not those the image's config names. */
export class RootfsMismatchError extends TrustSandboxError {
  readonly code = 'ENGINE_ROOTFS_MISMATCH';
  constructor() {
    super("layers from manifest don't match image configuration");
  }
}

/** The config could not be had. */
export class ConfigPullError extends TrustSandboxError {
  readonly code = 'ENGINE_CONFIG_PULL';
  constructor(reason: Error) {
    super(`error pulling image configuration: ${reason.message}`, { cause: reason });
  }
}

/** The registry has nothing of that name, or shows it to others only. `kind` says which. */
export class PullRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_PULL_REFUSED';
}
