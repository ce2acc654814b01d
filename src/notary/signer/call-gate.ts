import type { ServerInterceptor } from '@grpc/grpc-js';
import type { Grpc } from '../keys/remote/grpc.ts';

/** Where a call came from and to. */
export interface CallConnection {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** A call that a signer has not begun to answer. */
export interface SignerCall {
  /** `/proto.Signer/Sign` */
  readonly path: string;
  readonly userAgent: string;
  readonly connection: CallConnection;
  /** Whether nobody waits for the answer any more. */
  readonly isOver: boolean;
  /** Is told once how it ended: gRPC's status by name, `OK`; undefined when the connection ended, or the caller's patience. */
  onOver(listener: (status: string | undefined) => void): void;
  /** Lets the signer have it. */
  proceed(): void;
  /** Answers in the signer's place. */
  refuse(status: CallStatus, details: string): void;
  /** Ends the connection, and with it what else is asked over it. */
  cut(): void;
  /** Gives each message of the answer to `take`, with its length, in place of sending it. Before `proceed`. */
  interceptAnswer(take: (bytes: number, send: () => void) => void): void;
}

/** What a signer's gate may say in its place (gRPC, doc/statuscodes.md). */
export type CallStatus =
  | 'UNKNOWN'
  | 'INTERNAL'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE';

/** Decides when a call goes on, or answers or ends it itself. */
export type SignerGate = (call: SignerCall) => void;

/** Shows every call to `gate` before its method has it. `cut` ends a connection. */
export function gateInterceptor(
  grpc: Grpc,
  gate: SignerGate,
  cut: (connection: CallConnection) => void,
): ServerInterceptor {
  return (method, call) => {
    const connection = call.getConnectionInfo();
    const listeners: ((status: string | undefined) => void)[] = [];
    let status: string | undefined;
    let isOver = false;
    let take = (_bytes: number, send: () => void): void => send();
    return new grpc.ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) =>
            gate({
              path: method.path,
              userAgent: metadata.get('user-agent').join(' '),
              connection,
              get isOver() {
                return isOver;
              },
              onOver: (listener) => listeners.push(listener),
              proceed: () => proceed(metadata),
              refuse(name, details) {
                status = name;
                call.sendStatus({ code: grpc.status[name], details });
              },
              cut: () => cut(connection),
              interceptAnswer(wanted) {
                take = wanted;
              },
            }),
          onCancel() {
            if (isOver) return;
            isOver = true; // grpc-js says so of every call, once its stream is closed
            for (const listener of listeners) listener(status);
          },
        }),
      sendMessage: (message, next) =>
        take(method.responseSerialize(message).byteLength, () => (isOver ? undefined : next(message))),
      sendStatus(sent, next) {
        status = grpc.status[sent.code ?? grpc.status.UNKNOWN];
        next(sent);
      },
    });
  };
}
