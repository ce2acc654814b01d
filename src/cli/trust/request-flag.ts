import { resolve } from 'node:path';
import { formatRequest, RequestInvalidError, type SigningRequest, writePrivateFile } from '../../trust/index.ts';
import { UsageError } from '../command.ts';
import type { FlagSpec } from '../flags.ts';
import { printLine } from '../io.ts';
import type { TrustContext } from './trust-context.ts';

const REQUEST = {
  kind: 'string',
  value: 'FILE',
  help: 'Publish nothing: write it to FILE, signed by the keys that are here, for others to sign (trust request)',
} as const satisfies FlagSpec;

export const REQUEST_FLAG = { request: REQUEST } as const;

/** The same for docker's own commands, whose help is docker's. */
export const EXTRA_REQUEST_FLAG = { request: { ...REQUEST, hidden: true } } as const;

/** @throws {UsageError} a request for more than one repository */
export function verifyOneRepository(request: string | undefined, repositories: readonly string[]): void {
  if (request !== undefined && repositories.length > 1) throw new UsageError('--request is for one repository');
}

/** The same context; with a file named, what would be published becomes a request in it. */
export function requestTo(context: TrustContext, file: string | undefined): TrustContext {
  if (file === undefined) return context;
  const { io } = context;
  return {
    ...context,
    async toRequest(request) {
      if (request.files.size === 0) throw new RequestInvalidError('nothing would change, so there is nothing to sign');
      await writeRequest(file, request, io.cwd);
      const roles = [...request.files.keys()].join(', ');
      printLine(io.stdout, `Wrote a request to sign ${roles} of ${request.gun} to ${file}`);
    },
  };
}

export async function writeRequest(file: string, request: SigningRequest, cwd: string): Promise<void> {
  await writePrivateFile(resolve(cwd, file), formatRequest(request));
}
