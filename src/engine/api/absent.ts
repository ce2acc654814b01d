import type { NodeApp } from '../../http/index.ts';
import { getContainer } from './containers/lookup.ts';
import { jsonReply, NotHereError, UnsupportedError } from './reply.ts';
import type { EngineApiSettings } from './settings.ts';

/** What a lookup of a kind of thing says that this engine never has (dockerd 20.10's words). */
const ABSENT: readonly (readonly [path: string, text: (name: string) => string])[] = [
  ['/plugins/:name{.+}/json', (name) => `plugin ${JSON.stringify(name)} not found`],
];

/** Lists of what there is none of, and prunes that find nothing. */
const EMPTY: readonly (readonly [method: 'GET' | 'POST', path: string, answer: unknown])[] = [
  ['GET', '/plugins', []],
  ['POST', '/containers/prune', { ContainersDeleted: null, SpaceReclaimed: 0 }],
  ['POST', '/build/prune', { CachesDeleted: null, SpaceReclaimed: 0 }],
];

/** Parts of the API that need something this engine does not have. */
const UNSUPPORTED: readonly (readonly [path: string, what: string])[] = [
  ['/containers/create', 'making containers'],
  ['/containers/*', 'changing containers'],
  ['/exec/*', 'this of a command in a container'],
  ['/build', 'building images'],
  ['/build/*', 'building images'],
  ['/session', 'building images'],
  ['/grpc', 'building images'],
  ['/commit', 'making images from containers'],
  ['/networks/*', 'making and changing networks'],
  ['/volumes/*', 'making and changing volumes'],
  ['/volumes', 'making and changing volumes'],
  ['/plugins/*', 'plugins'],
  ...['/swarm', '/swarm/*', '/nodes', '/nodes/*', '/services', '/services/*', '/tasks', '/tasks/*'].map(
    (path) => [path, 'swarm'] as const,
  ),
  ...['/secrets', '/secrets/*', '/configs', '/configs/*'].map((path) => [path, 'swarm'] as const),
];

/** What can't be done with a container, once it is clear that there is one. */
const UNSUPPORTED_OF_CONTAINERS: readonly (readonly [method: string, path: string, what: string])[] = [
  ['DELETE', '/containers/:name', 'removing containers'],
  ['GET', '/containers/:name/changes', 'looking for changes in containers'],
  ['GET', '/containers/:name/export', 'exporting containers'],
  ['POST', '/containers/:name/pause', 'pausing containers'],
  ['POST', '/containers/:name/unpause', 'pausing containers'],
  ['POST', '/containers/:name/rename', 'renaming containers'],
  ['POST', '/containers/:name/update', 'changing limits of containers'],
];

/** Plain answers for the parts of the Docker Engine API that are not here; a path it has never heard of is 404. */
export function routeAbsent(app: NodeApp, { host }: EngineApiSettings): void {
  for (const [path, text] of ABSENT) {
    app.get(path, (c) => {
      throw new NotHereError(text(c.req.param('name') ?? ''));
    });
  }
  for (const [method, path, answer] of EMPTY) app.on(method, path, () => jsonReply(answer));
  for (const [method, path, what] of UNSUPPORTED_OF_CONTAINERS) {
    app.on(method, path, (c) => {
      getContainer(host, c.req.param('name') ?? '');
      throw unsupported(what);
    });
  }
  for (const [path, what] of UNSUPPORTED) {
    app.all(path, () => {
      throw unsupported(what);
    });
  }
  app.notFound(() => {
    throw new NotHereError('page not found');
  });
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError(
    `${what}: not available in this engine, which holds, pulls and pushes images and shows the services of its sandbox`,
  );
}
