import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { errorMessage, type Log, TrustSandboxError } from '../../core/index.ts';
import type { Grpc } from '../keys/remote/grpc.ts';
import type { Method } from '../keys/remote/signer-methods.ts';
import { KeyRequestError, KeyUnknownError } from './key-request.ts';

/** A service that nobody here knows was asked after. */
export class ServiceUnknownError extends TrustSandboxError {
  readonly code = 'NOTARY_SERVICE_UNKNOWN';
}

/** What a call answers, and what its line in the log says besides. */
interface Answer<Response> {
  readonly response: Response;
  readonly facts?: Readonly<Record<string, string>>;
}
type Handle<Request, Response> = (request: Request) => Promise<Answer<Response>>;

/** A service as `@grpc/grpc-js` takes it: definitions, and implementations under the same names. */
export class ServiceParts {
  readonly definition: Record<string, Method<unknown, unknown>> = {};
  readonly implementation: UntypedServiceImplementation = {};
  readonly #grpc: Grpc;
  readonly #log: Log;

  constructor(grpc: Grpc, log: Log) {
    this.#grpc = grpc;
    this.#log = log;
  }

  add<Request, Response>(method: Method<Request, Response>, handle: Handle<Request, Response>): void {
    this.definition[method.path] = method as Method<unknown, unknown>; // nobody else looks at its types
    this.implementation[method.path] = (
      call: ServerUnaryCall<Request, Response>,
      answer: sendUnaryData<Response>,
    ): void => void this.#answer(method.path, handle, call, answer);
  }

  /** A call that is answered by any number of messages, for as long as it lasts. */
  addStream<Request, Response>(
    method: Method<Request, Response>,
    handle: (call: ServerWritableStream<Request, Response>) => void,
  ): void {
    this.definition[method.path] = method as Method<unknown, unknown>;
    this.implementation[method.path] = handle;
  }

  async #answer<Request, Response>(
    path: string,
    handle: Handle<Request, Response>,
    call: ServerUnaryCall<Request, Response>,
    answer: sendUnaryData<Response>,
  ): Promise<void> {
    const began = performance.now();
    const line = (status: string, facts: object = {}): void => {
      const at = path.startsWith('/grpc.health.') ? 'debug' : 'info';
      this.#log[at]('call', { method: path, status, ms: Math.round(performance.now() - began), ...facts });
    };
    try {
      const { response, facts } = await handle(call.request);
      answer(null, response);
      line('OK', { ...facts, peer: call.getPeer() });
    } catch (thrown) {
      const { code, isOurFault } = this.#statusOf(thrown);
      answer({ code, details: isOurFault ? 'the signer cannot do this now' : errorMessage(thrown) });
      line(this.#grpc.status[code] ?? '', { peer: call.getPeer(), reason: errorMessage(thrown) });
      if (isOurFault) this.#log.error('call failed', { method: path, error: thrown });
    }
  }

  #statusOf(thrown: unknown): { readonly code: number; readonly isOurFault: boolean } {
    const { status } = this.#grpc;
    if (thrown instanceof KeyUnknownError || thrown instanceof ServiceUnknownError)
      return { code: status.NOT_FOUND, isOurFault: false };
    if (thrown instanceof KeyRequestError) return { code: status.INVALID_ARGUMENT, isOurFault: false };
    return { code: status.INTERNAL, isOurFault: true };
  }
}
