export {
  NetworkError,
  type NotaryClientError,
  RemoteMalformedError,
  RemoteNotFoundError,
  RemoteRejectedError,
  RemoteUnavailableError,
  type UpdateRefusal,
} from './errors.ts';
export {
  type MetadataQuery,
  NotaryClient,
  type NotaryClientOptions,
  openNotaryClient,
  type PingAnswer,
  type RemoteAccess,
  type RemoteKeyRole,
} from './notary-client.ts';
