import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { NodeApp } from '../../../http/index.ts';
import type { HostContainer } from '../../host/container.ts';
import type { EngineHost } from '../../host/host.ts';
import type { HostProcess } from '../../host/process.ts';
import { BadParameterError, bytesReply, NotHereError } from '../reply.ts';
import { abortOnClose } from '../request.ts';
import type { EngineApiSettings } from '../settings.ts';
import { getContainer } from './lookup.ts';

const STAT_HEADER = 'x-docker-container-path-stat';
const MAX_OUTPUT_BYTES = 64 * 1024;
const [GO_FOLDER, GO_LINK] = [2 ** 31, 2 ** 27] as const;
/** Go's bits for the kinds of files, by their Unix type (`io/fs.FileMode`). */
const GO_KINDS: ReadonlyMap<number, number> = new Map([
  [0o040000, GO_FOLDER],
  [0o120000, GO_LINK],
  [0o060000, 2 ** 26],
  [0o010000, 2 ** 25],
  [0o140000, 2 ** 24],
  [0o020000, 2 ** 26 + 2 ** 21],
]);
const KIND_MASK = 0o170000;
const PERMISSION_MASK = 0o777;

/**
 * Files of a container as archives (Engine API v1.51, `ContainerArchiveInfo`, `ContainerArchive`, `PutContainerArchive`), made
 * and taken apart by `tar` and `stat` inside it, so that its own user, paths and rights hold.
 */
export function routeArchive(app: NodeApp, { host }: EngineApiSettings): void {
  const path = '/containers/:name/archive';
  const find = (name: string, file: string | undefined) => {
    const container = getContainer(host, name);
    if (!file) throw new BadParameterError('bad parameter: path cannot be empty');
    return { container, file: posix.resolve('/', file) };
  };
  app.get(path, async (c) => {
    const { container, file } = find(c.req.param('name'), c.req.query('path'));
    const stat = await statOf(host, container, file);
    const headers = { [STAT_HEADER]: Buffer.from(JSON.stringify(stat)).toString('base64') };
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    const name = file === '/' ? '.' : posix.basename(file);
    const packing = await run(host, container, ['tar', '-c', '-f', '-', '-C', posix.dirname(file), '--', name]);
    abortOnClose(c).addEventListener('abort', () => packing.kill());
    packing.stderr?.resume();
    const reply = bytesReply(packing.stdout, 'application/x-tar');
    reply.headers.set(STAT_HEADER, headers[STAT_HEADER] ?? '');
    return reply;
  });
  app.put(path, async (c) => {
    const { container, file } = find(c.req.param('name'), c.req.query('path'));
    const { mode } = await statOf(host, container, file);
    if (![GO_FOLDER, GO_LINK].some((kind) => Math.floor(mode / kind) % 2 === 1))
      throw new BadParameterError('extraction point is not a directory');
    const unpacking = await run(host, container, ['tar', '-x', '-f', '-', '-C', file], true);
    unpacking.stdout.resume();
    const [problem] = await Promise.all([
      textOf(unpacking.stderr),
      unpacking.stdin && pipeline(c.env.incoming, unpacking.stdin).catch(() => unpacking.kill()),
    ]);
    if ((await unpacking.exited) !== 0)
      throw new BadParameterError(problem.trim() || 'archive/tar: invalid tar header');
    return new Response(null, { status: 200 });
  });
}

interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

/** @throws {NotHereError} there is no such file */
async function statOf(host: EngineHost, container: HostContainer, file: string): Promise<PathStat> {
  const script = 'stat -c "%f %s %Y" -- "$0" && readlink -- "$0"; test -e "$0" || test -L "$0"';
  const process = await run(host, container, ['sh', '-c', script, file]);
  process.stderr?.resume();
  const [text, status] = [await textOf(process.stdout), await process.exited];
  const [first = '', linkTarget = ''] = text.split('\n');
  const [mode = '', size, seconds] = first.split(' ');
  if (status !== 0 || mode === '') {
    throw new NotHereError(`Could not find the file ${file} in container ${container.name}`);
  }
  const bits = Number.parseInt(mode, 16);
  return {
    name: posix.basename(file),
    size: Number(size),
    mode: (GO_KINDS.get(bits & KIND_MASK) ?? 0) + (bits & PERMISSION_MASK),
    mtime: new Date(Number(seconds) * 1000).toISOString(),
    linkTarget,
  };
}

function run(
  host: EngineHost,
  { id }: HostContainer,
  command: readonly string[],
  hasInput = false,
): Promise<HostProcess> {
  return host.run(id, {
    command,
    environment: {},
    workingFolder: '/',
    user: '',
    hasInput,
    terminal: undefined,
  });
}

async function textOf(stream: Readable | undefined): Promise<string> {
  if (!stream) return '';
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    if (text.length < MAX_OUTPUT_BYTES) text += chunk.toString();
  });
  await finished(stream).catch(() => undefined);
  return text;
}
