import { resolve } from 'node:path';
import { parseImageReference } from '../../core/index.ts';
import {
  findFile,
  MAX_REQUEST_BYTES,
  type OpenRequest,
  parseRequest,
  type SigningRequest,
  type TrustRepository,
} from '../../trust/index.ts';
import { printLine } from '../io.ts';
import { openRepository, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** A request read from a file, and the repository it is for. @throws {ContentTrustError} no such file */
export async function readRequest(
  file: string,
  context: TrustContext,
): Promise<{ readonly request: SigningRequest; readonly repository: TrustRepository }> {
  const bytes = await findFile(resolve(context.io.cwd, file), MAX_REQUEST_BYTES);
  if (!bytes) throw new ContentTrustError(`no such file: ${file}`);
  const request = parseRequest(bytes);
  return { request, repository: await openRepository(context, parseImageReference(request.gun)) };
}

/** What a request would change, and who has signed it. */
export async function printRequest(
  { request, status, differences }: OpenRequest,
  { keys }: TrustRepository,
  { io }: TrustContext,
): Promise<void> {
  const print = (line: string): void => printLine(io.stdout, line);
  print(`Request for ${request.gun}, made ${request.made}\n`);
  for (const { role, what, before, after } of differences) {
    if (before !== undefined) print(`- ${role}: ${what}  ${before}`);
    if (after !== undefined) print(`+ ${role}: ${what}  ${after}`);
  }
  for (const { role, version, threshold, signed, missing, isByPrevious } of status) {
    const whose = isByPrevious ? ', by the keys of the root before it' : '';
    print(`\n${role} version ${version}: ${signed.length} of ${threshold} signatures${whose}`);
    for (const keyid of signed) print(`  signed by        ${keyid}`);
    if (signed.length >= threshold) continue;
    for (const keyid of missing) print(`  can be signed by ${keyid}${(await keys.find(keyid)) ? ' (here)' : ''}`);
  }
}

/** What is left to do. */
export function nextStep({ isComplete, status }: OpenRequest, file: string): string {
  if (isComplete) return `All signatures are there: trust request publish ${file}`;
  const roles = status.filter(({ signed, threshold }) => signed.length < threshold).map(({ role }) => role);
  return `Signatures are missing for ${[...new Set(roles)].join(', ')}: have others run trust request sign ${file}`;
}
