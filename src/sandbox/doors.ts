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
  /** Closes those that are not among `plans`, and opens those that are new; the others stay as they are. */
  change(plans: readonly DoorPlan[]): Promise<void>;
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
  const opened: Entrance[] = [];
  const close = async (entrances: readonly Entrance[]): Promise<void> => {
    for (const entrance of entrances) opened.splice(opened.indexOf(entrance), 1);
    await Promise.all(entrances.map((entrance) => entrance[Symbol.asyncDispose]()));
  };
  const change = async (wanted: readonly DoorPlan[]): Promise<void> => {
    await close(opened.filter(({ door }) => !wanted.some((plan) => isSame(plan, door))));
    const missing = wanted.filter((plan) => !opened.some(({ door }) => isSame(plan, door)));
    const attempts = await Promise.allSettled(
      servers.flatMap((server) => missing.map((plan) => openEntrance(server, plan, keepsPorts))),
    );
    opened.push(...attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : [])));
    const failure = attempts.find((attempt) => attempt.status === 'rejected');
    if (!failure) return;
    await close(opened.filter(({ door }) => missing.some((plan) => isSame(plan, door))));
    throw failure.reason;
  };
  await change(plans);
  return {
    get doors() {
      return opened.filter(({ server }) => server === servers[0]).map(({ door }) => door);
    },
    change,
    viewerAt: (address, port) => opened.find(({ door }) => door.address === address && door.port === port)?.door.viewer,
    [Symbol.asyncDispose]: () => close([...opened]),
  };
}

const isSame = (one: DoorPlan, other: DoorPlan): boolean =>
  one.viewer === other.viewer && one.address === other.address;

/** A door that leads to one of the servers. */
interface Entrance extends AsyncDisposable {
  readonly door: Door;
  readonly server: Server;
}

async function openEntrance(server: Server, { viewer, address }: DoorPlan, keepsPorts: boolean): Promise<Entrance> {
  const sockets = new Set<Socket>();
  const entrance = entranceOf(server, sockets);
  await listenAt(entrance, address, keepsPorts ? portOf(server) : 0);
  return {
    door: { viewer, address, port: portOf(entrance) },
    server,
    [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => entrance.close(() => resolve()));
    },
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
