import type { CallStatus, SignerCall, SignerGate } from '../../notary/index.ts';
import type { Exchange } from './exchange.ts';
import type { FindViewer } from './http-exchange.ts';

/** What gRPC makes of a status of HTTP (gRPC, doc/http-grpc-status-mapping.md); `UNKNOWN` of all others. */
const STATUSES: Readonly<Record<number, CallStatus>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};
const MAX_CHARACTERS = 500;

/** What a signer asks of each call, as exchanges that `enter` decides on. All calls are POSTs, and wait for one message. */
export function signerGateOf(enter: (exchange: Exchange) => void, findViewer: FindViewer): SignerGate {
  return (call) => enter(exchangeOf(call, findViewer));
}

function exchangeOf(call: SignerCall, findViewer: FindViewer): Exchange {
  const { path, userAgent, connection } = call;
  return {
    request: {
      method: 'POST',
      path: path.slice(0, MAX_CHARACTERS),
      userAgent: userAgent.slice(0, MAX_CHARACTERS),
      from: findViewer(connection.localAddress, connection.localPort),
    },
    get isOver() {
      return call.isOver;
    },
    onOver: (listener) => call.onOver((status) => listener({ status: status ?? 0, isCut: status === undefined })),
    proceed: () => call.proceed(),
    refuse: (status) => call.refuse(STATUSES[status] ?? 'UNKNOWN', `status ${status}: a fault of the sandbox`),
    cut: () => call.cut(),
    // A message is sent whole or not at all: what is not all of it is none.
    truncate: (limit) =>
      call.interceptAnswer((bytes, send) => (limit !== 'half' && bytes <= limit ? send() : call.cut())),
    slow: (bytesPerSecond) =>
      call.interceptAnswer((bytes, send) => void setTimeout(send, (bytes / bytesPerSecond) * 1000)),
  };
}
