import { TrustSandboxError } from '../../core/index.ts';

/** A template that can't be read, or not with this data. */
export class TemplateError extends TrustSandboxError {
  readonly code = 'CLI_TEMPLATE';
}
