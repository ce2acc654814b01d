import type { Surroundings } from '../surroundings.ts';

/** Why `context use` changes nothing now, where it does not. `what` is what one may want to use: `a context`, or its name. */
export function overrideWarning({ context, isSandbox }: Surroundings, what: string): string | undefined {
  if (context.chosenBy === 'DOCKER_HOST') {
    return `Warning: DOCKER_HOST environment variable overrides the active context. To use ${what}, either set the global --context flag, or unset DOCKER_HOST environment variable.`;
  }
  if (isSandbox && context.chosenBy === 'nothing') {
    return `Warning: the sandbox that runs overrides the active context. To use ${what}, either set the global --context flag, or stop the sandbox.`;
  }
  return undefined;
}
