import { cp, lstat } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import type { ServiceRecord } from '../../sandbox/index.ts';
import { defineCommand, ExitError, exactly, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

/** `SERVICE:PATH`, or a path of this machine. */
interface Place {
  readonly service: string | undefined;
  readonly path: string;
}

/** `compose cp`: files between this machine and what a service keeps. */
export const composeCp = defineCommand({
  usage: '[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n\tdocker compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH',
  summary: 'Copy files/folders between a service container and the local filesystem',
  aliases: ['compose cp'],
  flags: {
    archive: { kind: 'boolean', short: 'a', help: 'Archive mode (copy all uid/gid information)' },
    'follow-link': { kind: 'boolean', short: 'L', help: 'Always follow symbol link in SRC_PATH' },
    index: { kind: 'string', help: 'Index of the container if service has multiple replicas' },
  },
  arguments: exactly(2),
  parse({ 'follow-link': followLink = false }, [source = '', target = '']) {
    const places = [parsePlace(source), parsePlace(target)] as const;
    const [from, to] = places;
    if ((from.service === undefined) === (to.service === undefined)) {
      throw new UsageError('one of source and destination must be SERVICE:PATH, and the other a path of this machine');
    }
    if (from.path === '-' || to.path === '-')
      throw new ExitError(1, 'archives on standard input and output are not supported here');
    return { from, to, dereference: followLink };
  },
  async run({ from, to, dereference }, io) {
    const { record } = await getRunningProject(io);
    const onHost = ({ service, path }: Place): string =>
      service === undefined ? resolve(io.cwd, path) : pathOf(chooseServices(record, [service])[0], path);
    const source = onHost(from);
    const isFolder = await lstat(onHost(to)).then(
      (stat) => stat.isDirectory(),
      () => to.path.endsWith('/'),
    );
    const target = isFolder ? join(onHost(to), basename(source)) : onHost(to);
    await cp(source, target, { recursive: true, dereference, verbatimSymlinks: true }).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new ExitError(1, `copying ${source} to ${target}: ${cause.code ?? cause.message}`, { cause });
      },
    );
    printLine(io.stderr, ` ✔ Copied ${from.path} to ${to.path}`);
    return 0;
  },
});

function parsePlace(text: string): Place {
  const at = text.indexOf(':');
  return at > 0 && !/^[./]/.test(text)
    ? { service: text.slice(0, at), path: text.slice(at + 1) }
    : { service: undefined, path: text };
}

/** Where a path inside a service is on this machine: in one of its mounts, or in its home. */
function pathOf(service: ServiceRecord | undefined, path: string): string {
  const inside = posix.resolve(service?.workingFolder ?? '/', path);
  const mounts = [...(service?.mounts ?? []), ...(service ? [{ source: service.home, target: '/root' }] : [])];
  const mount = mounts
    .filter(({ target }) => inside === target || inside.startsWith(`${target}/`))
    .sort((a, b) => b.target.length - a.target.length)[0];
  if (mount) return join(mount.source, posix.relative(mount.target, inside));
  const kept = mounts.map(({ target }) => target).join(', ');
  throw new ExitError(1, `${inside} is of the host, not of service ${service?.name}, which keeps ${kept}`);
}
