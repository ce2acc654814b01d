import { createServer, type Server, type Socket } from 'node:net';

/** Where one service is found by another, or by itself. */
export interface DoorPlan {
  /** The service that is given this address, and no other is. */
  readonly viewer: string;
  readonly address: string;
}

/** A door that is open. */
export interface Door extends DoorPlan {
  readonly port: number;
}

/** The doors of one service, until disposed of. */
export interface OpenDoors extends AsyncDisposable {
  readonly doors: readonly Door[];
  /** Who was given the place that a connection came to; undefined of the service's own address, which is the host's. */
  viewerAt(address: string | undefined, port: number | undefined): string | undefined;
}

/**
 * Has `servers`, which listen already, take connections at further places too: at the ports they have where
 * `keepsPorts`, else at free ones. A service's first server is the one its doors are told by.
 * @throws {NodeJS.ErrnoException} EADDRINUSE: somebody else has one of the places
 */
export async function openDoors(
  servers: readonly Server[],
  plans: readonly DoorPlan[],
  keepsPorts: boolean,
): Promise<OpenDoors> {
  const viewers = new Map<string, string>();
  const opened: Server[] = [];
  const sockets = new Set<Socket>();
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(opened.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  };
  const open = async (server: Server, { viewer, address }: DoorPlan): Promise<Door> => {
    const entrance = entranceOf(server, sockets);
    await listenAt(entrance, address, keepsPorts ? portOf(server) : 0);
    opened.push(entrance);
    const port = portOf(entrance);
    viewers.set(`${address}:${port}`, viewer);
    return { viewer, address, port };
  };
  const attempts = await Promise.allSettled(servers.flatMap((server) => plans.map((plan) => open(server, plan))));
  const failure = attempts.find((attempt) => attempt.status === 'rejected');
  if (failure) {
    await close();
    throw failure.reason;
  }
  const doors = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
  return {
    doors: doors.slice(0, plans.length),
    viewerAt: (address, port) => viewers.get(`${address}:${port}`),
    [Symbol.asyncDispose]: close,
  };
}

/** Connections are the server's own from the first byte on. Half-open, as `listen` has them. */
function entranceOf(server: Server, sockets: Set<Socket>): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.emit('connection', socket);
  });
}

function listenAt(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const bound = server.address();
  return bound && typeof bound === 'object' ? bound.port : 0;
}
