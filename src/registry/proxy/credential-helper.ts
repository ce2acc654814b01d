import { execFile } from 'node:child_process';
import { TrustSandboxError } from '../../core/index.ts';
import type { RegistryCredentials } from '../client/index.ts';

/** The program that should know the credentials does not give them. */
export class ProxyCredentialError extends TrustSandboxError {
  readonly code = 'PROXY_CREDENTIALS';
}

const MAX_OUTPUT_BYTES = 64 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * Asks a credential helper (docker's protocol: `get`, the URL on its input, JSON on its output) for a registry's
 * credentials. A user name `<token>` stands for an identity token.
 * @throws {ProxyCredentialError}
 */
export function credentialsFrom(command: string, url: string): Promise<RegistryCredentials> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string): void => reject(new ProxyCredentialError(`${command} get: ${reason}`));
    const child = execFile(command, ['get'], { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout) => {
      if (error) return refuse(error.code === 'ENOENT' ? 'no such program' : 'it failed'); // its output may hold secrets
      try {
        const { Username, Secret } = JSON.parse(stdout) as Record<string, unknown>;
        if (typeof Username !== 'string' || typeof Secret !== 'string') return refuse('no Username and Secret');
        const isToken = Username === '<token>';
        resolve(
          isToken
            ? { kind: 'identity', identityToken: Secret }
            : { kind: 'password', username: Username, password: Secret },
        );
      } catch {
        refuse('what it says is no JSON');
      }
    });
    child.stdin?.on('error', () => undefined).end(url);
  });
}
