import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { memberOf } from '../docker-config.ts';
import { writeWhole } from '../whole-file.ts';

/** A way to an Engine that has a name, as docker keeps it. `value` is all of its file, what is not understood here too. */
export interface Context {
  readonly name: string;
  readonly value: JsonObject;
  readonly host: string;
  readonly skipsTlsVerify: boolean;
}

export type TlsFile = 'ca.pem' | 'cert.pem' | 'key.pem';
export const TLS_FILES: readonly TlsFile[] = ['ca.pem', 'cert.pem', 'key.pem'];

/** No context goes by that name, or its file is none. */
export class ContextNotFoundError extends TrustSandboxError {
  readonly code = 'CLI_CONTEXT_NOT_FOUND';
}

/** The context that flags and variables make; it has no file. */
export const DEFAULT_CONTEXT = 'default';
const ENDPOINT = 'docker';
const MAX_BYTES = 1024 * 1024;

/**
 * Where docker keeps a context (docker CLI 28, `cli/context/store`), by the SHA-256 of its name, so that no name leads out:
 *
 *     contexts/meta/<id>/meta.json
 *     contexts/tls/<id>/docker/{ca,cert,key}.pem
 */
export function contextPaths(dockerConfig: string, name: string): { metadata: string; tls: string } {
  const id = createHash('sha256').update(name).digest('hex');
  return { metadata: join(dockerConfig, 'contexts', 'meta', id), tls: join(dockerConfig, 'contexts', 'tls', id) };
}

/** @throws {ContextNotFoundError} in docker's words */
export async function readContext(dockerConfig: string, name: string): Promise<Context> {
  const path = join(contextPaths(dockerConfig, name).metadata, 'meta.json');
  try {
    return contextOf(parseJson(await readFile(path), { maxBytes: MAX_BYTES }), path);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? `open ${path}: no such file or directory`
        : (cause as Error).message;
    throw new ContextNotFoundError(`context ${JSON.stringify(name)}: context not found: ${reason}`, { cause });
  }
}

/** Those that have files, by name. A file that is none is passed over. */
export async function listContexts(dockerConfig: string): Promise<Context[]> {
  const folder = join(dockerConfig, 'contexts', 'meta');
  const ids = await readdir(folder).catch(() => []);
  const read = async (id: string): Promise<Context[]> => {
    const path = join(folder, id, 'meta.json');
    return [contextOf(parseJson(await readFile(path), { maxBytes: MAX_BYTES }), path)];
  };
  const found = await Promise.all(ids.map((id) => read(id).catch(() => [])));
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Text of one PEM file of a context; undefined where it has none. */
export async function readContextTls(dockerConfig: string, name: string, file: TlsFile): Promise<string | undefined> {
  return readFile(join(contextPaths(dockerConfig, name).tls, ENDPOINT, file), 'utf8').catch(() => undefined);
}

/** Writes a context, in place of one of that name. Keys are readable by their owner alone. */
export async function writeContext(
  dockerConfig: string,
  { name, value }: Pick<Context, 'name' | 'value'>,
  tls: ReadonlyMap<TlsFile, string>,
): Promise<void> {
  const paths = contextPaths(dockerConfig, name);
  await ensureFolder(paths.metadata, 0o755);
  await rm(paths.tls, { recursive: true, force: true });
  if (tls.size > 0) await ensureFolder(join(paths.tls, ENDPOINT), 0o700);
  for (const [file, text] of tls) await writeWhole(join(paths.tls, ENDPOINT, file), text, 0o600);
  await writeWhole(join(paths.metadata, 'meta.json'), JSON.stringify(value), 0o644);
}

export async function removeContext(dockerConfig: string, name: string): Promise<void> {
  const { metadata, tls } = contextPaths(dockerConfig, name);
  await rm(metadata, { recursive: true, force: true });
  await rm(tls, { recursive: true, force: true });
}

/** What a context's file says. */
export function contextOf(value: JsonValue, path: string): Context {
  if (!isJsonObject(value) || typeof value.Name !== 'string') {
    throw new ContextNotFoundError(`${path}: not a context`);
  }
  const { Host: host, SkipTLSVerify: skips } = memberOf(memberOf(value, 'Endpoints'), ENDPOINT);
  return { name: value.Name, value, host: typeof host === 'string' ? host : '', skipsTlsVerify: skips === true };
}

/** A context's file, as docker writes it. */
export function contextValue(
  name: string,
  { description, host, skipsTlsVerify }: { description: string; host: string; skipsTlsVerify: boolean },
): JsonObject {
  return {
    Name: name,
    Metadata: description === '' ? {} : { Description: description },
    Endpoints: { [ENDPOINT]: { ...(host !== '' && { Host: host }), SkipTLSVerify: skipsTlsVerify } },
  };
}

export function descriptionOf({ value }: Pick<Context, 'value'>): string {
  const { Description: text } = memberOf(value, 'Metadata');
  return typeof text === 'string' ? text : '';
}
