import { TrustSandboxError } from '../../core/index.ts';

/** A template that can't be read, or not with this data. */
export class TemplateError extends TrustSandboxError {
  readonly code: string = 'CLI_TEMPLATE';
  /** What it had printed by then. */
  readonly partial: string;
  constructor(message: string, options?: ErrorOptions, partial = '') {
    super(message, options);
    this.partial = partial;
  }
}

/** A template that is none, whatever the data; docker exits with 64 where it is for a single thing. */
export class TemplateSyntaxError extends TemplateError {
  override readonly code = 'CLI_TEMPLATE_SYNTAX';
}
