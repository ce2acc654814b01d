export {
  DockerHostInvalidError,
  type EngineAddress,
  type EngineTls,
  formatDockerHost,
  parseDockerHost,
} from './address.ts';
export { ApiTimeInvalidError, formatApiTime } from './api-time.ts';
export type { EngineConnection, EngineRequest, HijackRequest } from './connection.ts';
export { openRawConnection } from './dial.ts';
export {
  type EngineClient,
  type EngineClientSettings,
  openEngineClient,
  type PullRequest,
  type PushRequest,
} from './engine-client.ts';
export { EngineConnectError, EngineProtocolError, EngineResponseError, EngineUnreachableError } from './errors.ts';
export { readFrames, type StreamFrame } from './frames.ts';
export { streamLines } from './stream.ts';
