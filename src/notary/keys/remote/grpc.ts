import { TrustSandboxError } from '../../../core/index.ts';

export type Grpc = typeof import('@grpc/grpc-js');

/** What gRPC needs is not installed: it is for those alone who have a signer. */
export class GrpcMissingError extends TrustSandboxError {
  readonly code = 'NOTARY_GRPC_MISSING';
}

/** Loads gRPC when a signer is asked for, and not before. @throws {GrpcMissingError} */
export async function loadGrpc(): Promise<Grpc> {
  try {
    const { default: grpc } = (await import('@grpc/grpc-js')) as unknown as { default: Grpc };
    return grpc;
  } catch (cause) {
    throw new GrpcMissingError('a remote signer needs the package @grpc/grpc-js: npm install @grpc/grpc-js', { cause });
  }
}
