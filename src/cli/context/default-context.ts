import type { JsonObject } from '../../core/index.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Context, contextValue, DEFAULT_CONTEXT, readContext } from './context-store.ts';

export const DEFAULT_DESCRIPTION = 'Current DOCKER_HOST based configuration';

/** The context that flags and variables make. */
export function defaultContext({ defaultHost }: Surroundings): Context {
  const value: JsonObject = contextValue(DEFAULT_CONTEXT, {
    description: '',
    host: defaultHost,
    skipsTlsVerify: false,
  });
  return { name: DEFAULT_CONTEXT, value, host: defaultHost, skipsTlsVerify: false };
}

/** A context by name, `default` too. @throws {ContextNotFoundError} */
export async function findContext(surroundings: Surroundings, name: string): Promise<Context> {
  return name === DEFAULT_CONTEXT ? defaultContext(surroundings) : readContext(surroundings.contextFolder, name);
}
