import { fullName, type ImageReference } from '../../core/index.ts';
import { describeTrustError } from '../../trust/index.ts';
import { formatRefusal, refusalOf } from '../../tuf/index.ts';
import type { TrustContext } from './trust-context.ts';
import { chosenRules } from './trust-options.ts';

/** docker's sentence; strictly, with the gate that refused below it. */
export async function explainTrustError(
  reference: ImageReference,
  error: unknown,
  context: TrustContext,
): Promise<string> {
  const sentence = describeTrustError(fullName(reference), error);
  const refusal = (await isStrict(context)) ? refusalOf(error) : undefined;
  return refusal ? `${sentence}\n${formatRefusal(refusal)}` : sentence;
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
