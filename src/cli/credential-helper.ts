import { isJsonObject, type JsonObject, parseJson, TrustSandboxError } from '../core/index.ts';
import { type DockerConfig, memberOf } from './docker-config.ts';

/** A credential helper that failed. The message has no secret: helpers are told theirs on their input. */
export class CredentialHelperError extends TrustSandboxError {
  readonly code = 'CLI_CREDENTIAL_HELPER';
}

const HELPER_NAME = /^[A-Za-z0-9._-]+$/;
const HELPER_TIMEOUT_MS = 30_000;
const VERBS = { get: 'getting', store: 'storing', erase: 'erasing' } as const;
const NOT_FOUND = 'credentials not found';

/** The helper that config.json names for a registry; undefined where its credentials are in config.json itself. */
export function helperOf({ value }: DockerConfig, server: string): string | undefined {
  const helper = memberOf(value, 'credHelpers')[server] ?? value.credsStore;
  return typeof helper === 'string' && HELPER_NAME.test(helper) ? helper : undefined;
}

/** What a helper has for a registry; undefined where it has nothing. @throws {CredentialHelperError} */
export async function askHelper(helper: string, server: string): Promise<JsonObject | undefined> {
  const answer = await runHelper(helper, 'get', server);
  const value = answer.trim() === '' ? undefined : parseJson(answer);
  return isJsonObject(value) ? value : undefined;
}

/** @throws {CredentialHelperError} */
export async function tellHelper(helper: string, verb: 'store' | 'erase', input: string): Promise<void> {
  await runHelper(helper, verb, input);
}

/** `docker-credential-<helper> <verb>` (docker-credential-helpers' protocol): input on stdin, JSON on stdout. */
async function runHelper(helper: string, verb: keyof typeof VERBS, input: string): Promise<string> {
  const { execFile } = await import('node:child_process');
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = execFile(program, [verb], { timeout: HELPER_TIMEOUT_MS }, (cause, stdout) => {
      const said = stdout.trim();
      if (!cause || (verb === 'get' && said.startsWith(NOT_FOUND))) return resolve(cause ? '' : stdout);
      const reason =
        cause.code === 'ENOENT'
          ? `exec: "${program}": executable file not found in $PATH`
          : `exit status ${String(cause.code ?? cause.signal)}`;
      reject(
        new CredentialHelperError(`error ${VERBS[verb]} credentials - err: ${reason}, out: \`${said}\``, { cause }),
      );
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}
