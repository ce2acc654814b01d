import type { Io } from '../io.ts';

/** Go's `strconv.ParseBool`: what it takes for false. */
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/**
 * Whether a command enforces content trust: `DOCKER_CONTENT_TRUST` turns it on by any text that is not false, and
 * `--disable-content-trust[=false]`, when given, has the last word.
 */
export function isContentTrustOn({ env }: Pick<Io, 'env'>, disableFlag: boolean | undefined): boolean {
  if (disableFlag !== undefined) return !disableFlag;
  const value = env.DOCKER_CONTENT_TRUST;
  return value !== undefined && value !== '' && !FALSE.has(value);
}
