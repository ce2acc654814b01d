import type { NodeApp } from '../../http/index.ts';
import { NotHereError, UnsupportedError } from './reply.ts';

/** What a lookup of a kind of thing says that this engine never has (dockerd 20.10's words). */
const ABSENT: readonly (readonly [path: string, text: (name: string) => string])[] = [
  ['/containers/:name{.+}/json', (name) => `No such container: ${name}`],
  ['/networks/:name{.+}', (name) => `network ${name} not found`],
  ['/volumes/:name{.+}', (name) => `get ${name}: no such volume`],
  ['/plugins/:name{.+}/json', (name) => `plugin ${JSON.stringify(name)} not found`],
];

/** Parts of the API that need something this engine does not have. */
const UNSUPPORTED: readonly (readonly [path: string, what: string])[] = [
  ['/containers/*', 'running containers'],
  ['/exec/*', 'running containers'],
  ['/build', 'building images'],
  ['/build/*', 'building images'],
  ['/session', 'building images'],
  ['/grpc', 'building images'],
  ['/commit', 'making images from containers'],
  ['/events', 'the event stream'],
  ['/distribution/*', 'asking registries for descriptors'],
  ['/networks/*', 'networks'],
  ['/volumes/*', 'volumes'],
  ['/plugins/*', 'plugins'],
  ...['/swarm', '/swarm/*', '/nodes', '/nodes/*', '/services', '/services/*', '/tasks', '/tasks/*'].map(
    (path) => [path, 'swarm'] as const,
  ),
  ...['/secrets', '/secrets/*', '/configs', '/configs/*'].map((path) => [path, 'swarm'] as const),
];

/** Plain answers for the parts of the Docker Engine API that are not here; a path it has never heard of is 404. */
export function routeAbsent(app: NodeApp): void {
  for (const [path, text] of ABSENT) {
    app.get(path, (c) => {
      throw new NotHereError(text(c.req.param('name') ?? ''));
    });
  }
  for (const [path, what] of UNSUPPORTED) {
    app.all(path, () => {
      throw new UnsupportedError(`${what}: not available in this engine, which holds, pulls and pushes images`);
    });
  }
  app.notFound(() => {
    throw new NotHereError('page not found');
  });
}
