import { createServer, get, type Server } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openDoors } from './doors.ts';

/** Tells who asks. */
async function startServer(findViewer: (address?: string, port?: number) => string | undefined): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    outgoing.end(`${findViewer(incoming.socket.localAddress, incoming.socket.localPort)}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const ask = (host: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host, port, agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    }).once('error', reject);
  });

const portOf = (server: Server): number => (server.address() as { port: number }).port;

describe.each([{ keepsPorts: false }, ...(process.platform === 'linux' ? [{ keepsPorts: true }] : [])])(
  'doors with ports of their own or the same: %j',
  ({ keepsPorts }) => {
    const plans = ['alice', 'bob'].map((viewer, index) => {
      return { viewer, address: keepsPorts ? `127.199.1.${index + 2}` : '127.0.0.1' };
    });

    test('lead to the server, which knows by which one each came', async () => {
      let viewerAt: Parameters<typeof startServer>[0] = () => undefined;
      const server = await startServer((address, port) => viewerAt(address, port));
      const opened = await openDoors([server], plans, keepsPorts);
      viewerAt = opened.viewerAt;
      const answers = opened.doors.map(({ address, port }) => ask(address, port));
      expect(await Promise.all(answers)).toEqual(['alice', 'bob']);
      expect(await ask('127.0.0.1', portOf(server))).toBe('undefined');
      await opened[Symbol.asyncDispose]();
      server.close();
    });

    test('are shut with what came through them, and the server is still there', async () => {
      const server = await startServer(() => 'somebody');
      const opened = await openDoors([server], plans, keepsPorts);
      const [door] = opened.doors;
      const socket = connect(door?.port ?? 0, door?.address);
      const ended = new Promise((resolve) => socket.once('close', resolve).on('error', resolve));
      await new Promise((resolve) => server.once('connection', resolve));
      await opened[Symbol.asyncDispose]();
      await ended;
      await expect(ask(door?.address ?? '', door?.port ?? 0)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await ask('127.0.0.1', portOf(server))).toBe('somebody');
      server.close();
    });
  },
);

test.runIf(process.platform === 'linux')('one that is somebody else’s leaves none open', async () => {
  const server = await startServer(() => undefined);
  const other = createTcpServer().listen(portOf(server), '127.199.2.3');
  await new Promise((resolve) => other.once('listening', resolve));
  const plans = [2, 3].map((byte) => ({ viewer: `viewer${byte}`, address: `127.199.2.${byte}` }));
  await expect(openDoors([server], plans, true)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(ask('127.199.2.2', portOf(server))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  other.close();
  server.close();
});
