import { errorMessage, fullName, type ImageReference, TrustSandboxError } from '../../core/index.ts';
import { describeTrustError } from '../../trust/index.ts';
import { formatRefusal, refusalOf } from '../../tuf/index.ts';
import type { TrustContext } from './trust-context.ts';
import { chosenRules } from './trust-options.ts';

/** What happens every day, and docker's sentence says all of it. */
const PLAIN: ReadonlySet<string> = new Set(['TRUST_NOT_FOUND', 'TRUST_TARGET_NOT_FOUND']);

/** docker's sentence; strictly, with the gate that refused below it, or the code of what did. */
export async function explainTrustError(
  reference: ImageReference,
  error: unknown,
  context: TrustContext,
): Promise<string> {
  const sentence = describeTrustError(fullName(reference), error);
  if (!(await isStrict(context))) return sentence;
  const refusal = refusalOf(error);
  if (refusal) return `${sentence}\n${formatRefusal(refusal)}`;
  if (!(error instanceof TrustSandboxError) || PLAIN.has(error.code)) return sentence;
  const because = error.cause instanceof TrustSandboxError ? ` ${errorMessage(error.cause)}` : '';
  return `${sentence}${because} (${error.code})`;
}

/** Where docker says that it found nothing, whatever happened: strictly, with what happened below it. */
export async function withReason(
  message: string,
  reference: ImageReference,
  error: unknown,
  context: TrustContext,
): Promise<string> {
  return (await isStrict(context)) ? `${message}\n${await explainTrustError(reference, error, context)}` : message;
}

async function isStrict({ io, surroundings, options = {} }: TrustContext): Promise<boolean> {
  return (await chosenRules(options, io, surroundings.dockerConfig)).mode === 'strict';
}
