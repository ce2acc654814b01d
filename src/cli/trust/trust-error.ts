import { TrustSandboxError } from '../../core/index.ts';

/** A trust command's failure, in the words to print; `cause` is what it was. */
export class ContentTrustError extends TrustSandboxError {
  readonly code = 'CONTENT_TRUST';
}
