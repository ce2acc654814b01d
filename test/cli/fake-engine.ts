import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** An Engine with one container that runs until it is told SIGTERM, or `end` is called; it answers nothing else. */
export interface FakeEngine extends AsyncDisposable {
  readonly host: string;
  /** What was asked for so far: `POST /containers/one/attach`. */
  readonly asked: readonly string[];
  /** Resolves when that many requests of `path` have come. */
  waitFor(path: string, count?: number): Promise<void>;
}

export async function startFakeEngine(folder: string): Promise<FakeEngine> {
  const asked: string[] = [];
  let news = new Map<() => boolean, () => void>();
  const open = new Set<Duplex>();
  const waiting: (() => void)[] = [];
  const note = (line: string): void => {
    asked.push(line);
    const ready = [...news].filter(([isReady]) => isReady());
    news = new Map([...news].filter(([isReady]) => !isReady()));
    for (const [, tell] of ready) tell();
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    const path = url.pathname.replace(/^\/v[\d.]+/, '');
    const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    response.setHeader('api-version', '1.47');
    if (path === '/containers/one/json') {
      json({ Id: 'one', State: { Running: true }, Config: { Tty: false, OpenStdin: false }, HostConfig: {} });
    } else if (path === '/containers/one/exec') {
      json({ Id: 'e1' });
    } else if (path === '/containers/one/wait') {
      waiting.push(() => json({ StatusCode: 7 }));
    } else if (path === '/containers/one/kill') {
      response.writeHead(204).end();
      if (url.searchParams.get('signal') === 'SIGTERM' || url.searchParams.get('signal') === 'TERM') {
        for (const socket of open) socket.end();
        for (const answer of waiting.splice(0)) answer();
      }
    } else if (path === '/events' || path === '/containers/one/logs') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    } else response.end();
    note(`${request.method} ${path}${url.searchParams.has('signal') ? ` ${url.searchParams.get('signal')}` : ''}`);
  });
  server.on('upgrade', (request, socket: Duplex) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    note(`POST ${new URL(request.url ?? '', 'http://engine').pathname.replace(/^\/v[\d.]+/, '')}`);
  });
  const path = join(folder, `${randomUUID()}.sock`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    asked,
    waitFor: (line, count = 1) =>
      new Promise((resolve) => {
        const isReady = (): boolean => asked.filter((one) => one === line).length >= count;
        if (isReady()) resolve();
        else news.set(isReady, resolve);
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
