import {
  NetworkError,
  type NotaryClient,
  RemoteNotFoundError,
  RemoteUnavailableError,
} from '../notary/client/index.ts';

/** What trust data is fetched from and sent to. Nothing it says is believed. */
export type TrustServer = Pick<
  NotaryClient,
  'host' | 'getMetadata' | 'getKey' | 'rotateKey' | 'publish' | 'deleteCollection'
>;

/** The server answered that it has no such file. */
export function isNotFound(error: unknown): error is RemoteNotFoundError {
  return error instanceof RemoteNotFoundError;
}

/**
 * Whether a client with a cache that still holds may carry on with it: no answer, an answer that is not about what was
 * asked (401, 403, 5xx), and even "not found".
 */
export function isUnreachable(error: unknown): boolean {
  return isNotFound(error) || error instanceof NetworkError || error instanceof RemoteUnavailableError;
}
