import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import { readBody } from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import { splitVersion } from './api-version.ts';
import { execStreamType, MAX_EXEC_BYTES, parseObject } from './containers/exec.ts';
import { type ExecSessions, parseSize } from './containers/exec-sessions.ts';
import { frame } from './containers/frames.ts';
import { logStream } from './containers/logs.ts';
import { getContainer } from './containers/lookup.ts';
import { outputOf } from './containers/output.ts';
import { errorReply } from './reply.ts';
import type { EngineApiSettings } from './settings.ts';

/** What hijacked connections need of the API. */
export interface HijackContext {
  readonly engine: Engine;
  readonly settings: EngineApiSettings;
  readonly execs: ExecSessions;
}

/** A connection that was given over: what the client has sent after its request is in `socket`. */
interface Hijack {
  readonly socket: Duplex;
  readonly body: Buffer;
  readonly minor: number;
  readonly query: URLSearchParams;
  /** Sends the answer's head; from then on the connection carries the stream. */
  accept(contentType: string, isFramed: boolean): void;
}

const EXEC_START = /^\/exec\/([^/]+)\/start$/;
const ATTACH = /^\/containers\/([^/]+)\/attach$/;

/**
 * Serves the requests that take a connection over (Engine API v1.51, `ExecStart`, `ContainerAttach`, "Hijacking"): the
 * client sends `Upgrade: tcp`, is answered 101, and then both sides stream. Other requests that offer an upgrade are
 * answered as if they had not. `destroy` ends what is open.
 */
export function attachHijacks(server: Server, context: HijackContext): { destroy(): void } {
  const open = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker');
    const task = request.method === 'POST' ? findTask(pathname) : undefined;
    if (!task) return answerPlainly(server, request, socket);
    void serve(context, task, request, socket, head, searchParams);
  });
  return {
    destroy() {
      for (const socket of open) socket.destroy();
    },
  };
}

type Task = (context: HijackContext, hijack: Hijack) => Promise<void>;

function findTask(pathname: string): Task | undefined {
  const path = tryPath(pathname);
  const exec = EXEC_START.exec(path)?.[1];
  if (exec !== undefined) return (context, hijack) => runExec(context, hijack, exec);
  const container = ATTACH.exec(path)?.[1];
  return container === undefined ? undefined : (context, hijack) => runAttach(context, hijack, container);
}

function tryPath(pathname: string): string {
  try {
    return splitVersion(pathname).path;
  } catch (thrown) {
    if (thrown instanceof TrustSandboxError) return pathname;
    throw thrown;
  }
}

async function serve(
  context: HijackContext,
  task: Task,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  query: URLSearchParams,
): Promise<void> {
  let accepted: { readonly isFramed: boolean } | undefined;
  const accept = (contentType: string, isFramed: boolean): void => {
    accepted = { isFramed };
    const lines = ['HTTP/1.1 101 UPGRADED', `Content-Type: ${contentType}`, 'Connection: Upgrade', 'Upgrade: tcp'];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  };
  try {
    const { minor } = splitVersion(new URL(request.url ?? '/', 'http://docker').pathname);
    const body = await bodyOf(request, socket, head);
    await task(context, { socket, body, minor, query, accept });
    socket.end();
  } catch (thrown) {
    const text = errorMessage(thrown);
    // in a frame, where the client takes outputs apart: it would take the text for a header
    if (accepted) socket.end(accepted.isFramed ? frame('stderr', Buffer.from(`${text}\n`)) : `${text}\r\n`);
    else socket.end(await errorHead(errorReply(thrown, context.settings.log)));
  }
}

/** Node hands over what came after the head; newer ones read the body themselves. */
async function bodyOf(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (!request.complete || length > MAX_EXEC_BYTES) {
    if (head.byteLength > 0) socket.unshift(head);
    return readBody(request, MAX_EXEC_BYTES);
  }
  let held = head;
  for await (const chunk of firstChunks(socket, length - held.byteLength)) held = Buffer.concat([held, chunk]);
  if (held.byteLength > length) socket.unshift(held.subarray(length));
  return held.subarray(0, length);
}

/** Reads at least so many bytes, or until the end; the stream stays open. */
async function* firstChunks(socket: Duplex, count: number): AsyncGenerator<Buffer> {
  for (let left = count; left > 0; ) {
    const chunk = socket.read() as Buffer | null;
    if (chunk) {
      left -= chunk.byteLength;
      yield chunk;
      continue;
    }
    if (socket.readableEnded || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        socket.off('readable', settle).off('end', settle).off('close', settle);
        resolve();
      };
      socket.on('readable', settle).on('end', settle).on('close', settle);
    });
  }
}

async function runExec({ execs }: HijackContext, hijack: Hijack, id: string): Promise<void> {
  const session = execs.get(id);
  const body = parseObject(hijack.body);
  const { socket } = hijack;
  const size = parseSize(body.ConsoleSize);
  if (body.Detach === true) {
    const { stdout, stderr, stdin } = await execs.start(session, size);
    stdin?.end();
    stdout.resume();
    stderr?.resume();
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  if (session.state.kind === 'created') {
    hijack.accept(execStreamType(session.hasTerminal, hijack.minor), !session.hasTerminal);
  }
  const process = await execs.start(session, size);
  const { stdin } = process;
  if (stdin) {
    stdin.on('error', () => undefined); // it may not read to the end
    socket.once('close', () => stdin.end());
    socket.pipe(stdin);
  } else {
    socket.resume();
  }
  for await (const chunk of outputOf(process)) {
    if (socket.destroyed) continue; // the client is gone, the command goes on
    if (!socket.write(chunk)) await drained(socket);
  }
  await process.exited;
}

/** What a container writes to its log from now on, and with `logs` what it has; it reads nothing. */
async function runAttach({ settings }: HijackContext, hijack: Hijack, name: string): Promise<void> {
  const { host, clock } = settings;
  const { socket, query } = hijack;
  const { id } = getContainer(host, name);
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  const wanted = { ...Object.fromEntries(query), follow: query.get('stream') ?? '0' };
  const tail = query.get('logs') === '1' ? 'all' : '0';
  const log = logStream(host, id, { ...wanted, tail }, clock.now(), gone.signal);
  hijack.accept(execStreamType(false, hijack.minor), true);
  socket.resume();
  for await (const chunk of log as AsyncIterable<Buffer>) {
    if (!socket.write(chunk)) await drained(socket);
    if (socket.destroyed) break;
  }
}

function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

/** Answers by the app, as if no upgrade had been offered; the connection ends with the answer. */
function answerPlainly(server: Server, request: IncomingMessage, socket: Duplex): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.once('finish', () => socket.end());
  server.emit('request', request, response);
}

async function errorHead(reply: Response): Promise<string> {
  const body = await reply.text();
  const lines = [
    `HTTP/1.1 ${reply.status} Error`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
