import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../../http/index.ts';
import type { Askers } from './askers.ts';
import type { Exchange, ExchangeRequest } from './exchange.ts';
import { slowAnswer, truncateAnswer } from './spoil-answer.ts';

const MAX_CHARACTERS = 500;

/** Tells from which service's box a connection came, by the place it came to. */
export type FindViewer = (address: string | undefined, port: number | undefined) => string | undefined;

/** What `listen` asks of each request, as exchanges that `enter` decides on. */
export function gateOf(enter: (exchange: Exchange) => void, findViewer: FindViewer, askers: Askers): Gate {
  return (incoming, outgoing, proceed) => {
    const request = describe(incoming, findViewer);
    askers.note(`${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`, request.from);
    enter(exchangeOf(request, outgoing, proceed));
  };
}

function describe(
  { method = '', url = '', headers, socket }: IncomingMessage,
  findViewer: FindViewer,
): ExchangeRequest {
  return {
    method,
    path: url.split('?', 1)[0]?.slice(0, MAX_CHARACTERS) ?? '',
    userAgent: (headers['user-agent'] ?? '').slice(0, MAX_CHARACTERS),
    from: findViewer(socket.localAddress, socket.localPort),
  };
}

function exchangeOf(request: ExchangeRequest, outgoing: ServerResponse, proceed: () => void): Exchange {
  return {
    request,
    get isOver() {
      return outgoing.destroyed;
    },
    onOver: (listener) =>
      outgoing.once('close', () => {
        const isCut = !outgoing.writableFinished;
        listener({ status: isCut ? 0 : outgoing.statusCode, isCut });
      }),
    proceed,
    refuse: (status) => answerInPlace(outgoing, status),
    cut: () => outgoing.destroy(),
    truncate: (limit) => truncateAnswer(outgoing, limit),
    slow: (bytesPerSecond) => slowAnswer(outgoing, bytesPerSecond),
  };
}

function answerInPlace(outgoing: ServerResponse, status: number): void {
  const body = `${JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message: 'a fault of the sandbox', detail: null }] })}\n`;
  outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}
