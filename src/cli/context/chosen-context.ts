import { DockerConfigError, readDockerConfig } from '../docker-config.ts';
import type { Io } from '../io.ts';
import { ContextNotFoundError, DEFAULT_CONTEXT, readContext } from './context-store.ts';

/** The context in force, and what chose it. */
export interface ChosenContext {
  readonly name: string;
  /** Its Engine, as `DOCKER_HOST` spells one; undefined for `default` where no variable says, and where `problem` is. */
  readonly host: string | undefined;
  readonly skipsTlsVerify: boolean;
  readonly chosenBy: 'DOCKER_HOST' | 'DOCKER_CONTEXT' | 'config' | 'nothing';
  /** Why it can't be used. */
  readonly problem?: ContextNotFoundError;
}

/**
 * Chooses as docker does (docker CLI 28, `resolveContextName`): `DOCKER_HOST`, `DOCKER_CONTEXT`, and, unless told otherwise,
 * `currentContext` of `config.json`. Flags have become variables before.
 */
export async function chooseContext(
  { env }: Pick<Io, 'env'>,
  dockerConfig: string,
  { usesConfig }: { readonly usesConfig: boolean },
): Promise<ChosenContext> {
  if (env.DOCKER_HOST) {
    return { name: DEFAULT_CONTEXT, host: env.DOCKER_HOST, skipsTlsVerify: false, chosenBy: 'DOCKER_HOST' };
  }
  if (env.DOCKER_CONTEXT) return named(dockerConfig, env.DOCKER_CONTEXT, 'DOCKER_CONTEXT');
  const name = usesConfig ? await currentContext(dockerConfig).catch(ignoreUnreadable) : undefined;
  return named(dockerConfig, name ?? DEFAULT_CONTEXT, name === undefined ? 'nothing' : 'config');
}

/** `currentContext` of the configuration; undefined where it names none. @throws {DockerConfigError} */
export async function currentContext(dockerConfig: string): Promise<string | undefined> {
  const { currentContext: name } = (await readDockerConfig(dockerConfig)).value;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Who reads the configuration for what is in it says what is wrong with it. */
function ignoreUnreadable(thrown: unknown): undefined {
  if (!(thrown instanceof DockerConfigError)) throw thrown;
}

async function named(dockerConfig: string, name: string, chosenBy: ChosenContext['chosenBy']): Promise<ChosenContext> {
  if (name === DEFAULT_CONTEXT) return { name, host: undefined, skipsTlsVerify: false, chosenBy };
  try {
    const { host, skipsTlsVerify } = await readContext(dockerConfig, name);
    return { name, host: host || undefined, skipsTlsVerify, chosenBy };
  } catch (thrown) {
    if (!(thrown instanceof ContextNotFoundError)) throw thrown;
    return { name, host: undefined, skipsTlsVerify: false, chosenBy, problem: thrown };
  }
}
