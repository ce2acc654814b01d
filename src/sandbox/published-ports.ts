import { connect, createServer, type Server, type Socket } from 'node:net';
import { TrustSandboxError } from '../core/index.ts';
import type { PortPlan } from './compose/plan.ts';

/** A port of the host that leads to a service. */
export interface PublishedPort {
  readonly host: string;
  readonly published: number;
  readonly target: number;
}

/** The ports a service publishes, until disposed of. */
export interface PublishedPorts extends AsyncDisposable {
  readonly ports: readonly PublishedPort[];
}

/** A port of the host is somebody else's. */
export class PortTakenError extends TrustSandboxError {
  readonly code = 'SANDBOX_PORT_TAKEN';
}

/**
 * Opens ports of the host and passes connections on to `address`, to the port that `portOf` gives for a plan's target.
 * @throws {PortTakenError} all that a plan allows are taken
 */
export async function publishPorts(
  plans: readonly PortPlan[],
  service: string,
  { address, portOf }: { readonly address: string; readonly portOf: (target: number) => number },
): Promise<PublishedPorts> {
  const servers: { readonly server: Server; readonly sockets: Set<Socket>; readonly port: PublishedPort }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map(({ server, sockets }) => {
        for (const socket of sockets) socket.destroy();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  };
  try {
    for (const plan of plans) {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => forward(socket, { address, port: portOf(plan.target), sockets }));
      const published = await listenOnFirst(server, plan, service);
      servers.push({ server, sockets, port: { host: plan.host, published, target: plan.target } });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { ports: servers.map(({ port }) => port), [Symbol.asyncDispose]: close };
}

async function listenOnFirst(server: Server, { host, published }: PortPlan, service: string): Promise<number> {
  for (const port of published.length === 0 ? [0] : published) {
    const taken = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port, host, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    const bound = server.address();
    if (!taken && bound && typeof bound === 'object') return bound.port;
    if (taken?.code === 'EACCES')
      throw new PortTakenError(
        `service ${service}: port ${port} may not be opened by this user: publish one above 1023`,
      );
    if (taken && taken.code !== 'EADDRINUSE') throw taken;
  }
  const wanted = published.length > 1 ? `${published[0]}-${published.at(-1)}` : published[0];
  throw new PortTakenError(
    `service ${service}: port ${host}:${wanted} is already in use by another program: stop that one, or publish another port (ports: "${Number(published.at(-1)) + 1}:…"), or none: a service has its known port at an address of its own`,
  );
}

function forward(
  socket: Socket,
  { address, port, sockets }: { address: string; port: number; sockets: Set<Socket> },
): void {
  const onward = connect(port, address);
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    sockets.add(one);
    one
      .on('error', () => other.destroy())
      .once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    one.pipe(other);
  }
}
