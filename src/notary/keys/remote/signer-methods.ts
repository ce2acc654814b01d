import {
  type CreateKeyRequest,
  createKeyRequest,
  getKeyInfoResponse,
  healthRequest,
  healthResponse,
  type KeyAndRole,
  type KeyDescription,
  keyid,
  type MessageCoding,
  nothing,
  publicKey,
  type SignatureRequest,
  type SignatureResponse,
  signatureRequest,
  signatureResponse,
  watchRequest,
} from './signer-messages.ts';

/** One call of a gRPC service, in the form that `@grpc/grpc-js` takes on both sides. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (message: Response) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

function method<Request, Response>(
  path: string,
  request: MessageCoding<Request>,
  response: MessageCoding<Response>,
): Method<Request, Response> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: request.encode,
    requestDeserialize: request.decode,
    responseSerialize: response.encode,
    responseDeserialize: response.decode,
  };
}

/** The calls of a signer (notary 0.7, `proto/signer.proto`; package `proto`). */
export const METHODS = {
  createKey: method<CreateKeyRequest, KeyDescription>('/proto.KeyManagement/CreateKey', createKeyRequest, publicKey),
  deleteKey: method<string, undefined>('/proto.KeyManagement/DeleteKey', keyid, nothing),
  getKeyInfo: method<string, KeyAndRole>('/proto.KeyManagement/GetKeyInfo', keyid, getKeyInfoResponse),
  sign: method<SignatureRequest, SignatureResponse>('/proto.Signer/Sign', signatureRequest, signatureResponse),
  checkHealth: method<string, number>('/grpc.health.v1.Health/Check', healthRequest, healthResponse),
  watchHealth: {
    ...method<{ readonly service: string }, number>('/grpc.health.v1.Health/Watch', watchRequest, healthResponse),
    responseStream: true,
  },
} as const;

/** Names under which a signer tells how its services are; the empty one is all of them. */
export const HEALTH_SERVICES = ['grpc.health.v1.Health.KeyManagement', 'grpc.health.v1.Health.Signer'] as const;

/** Longest message: metadata to sign goes over whole. Bytes. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
