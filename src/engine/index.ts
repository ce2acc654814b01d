export { createEngineApi, serveEngineApi } from './api/app.ts';
export { networkIdOf } from './api/containers/parts-json.ts';
export type { EngineApiSettings } from './api/settings.ts';
export { type Engine, type EngineSettings, openEngine, type PullOptions, type PushOptions } from './engine.ts';
export type {
  Attachment,
  ContainerState,
  HostContainer,
  HostMount,
  HostNetwork,
  HostVolume,
} from './host/container.ts';
export {
  type EngineHost,
  type HostEvent,
  type ProcessLine,
  ProcessRefusedError,
  type StopRequest,
} from './host/host.ts';
export type { LogEntry, LogRequest } from './host/log-entry.ts';
export type { HostProcess, ProcessRequest, TerminalSize } from './host/process.ts';
export type { HistoryLine, ImageDetails } from './inspect.ts';
export type { Platform } from './platform.ts';
export type { ProgressDetail, ProgressEvent, PushResult } from './progress-event.ts';
export {
  configuredEndpoints,
  parseRegistriesConfig,
  type RegistriesConfig,
  RegistriesConfigError,
} from './registries/configured-endpoints.ts';
export { defaultEndpoints, type EngineEndpoint, type ResolveRegistry } from './registry-access.ts';
export type { Removal } from './remove.ts';
export { dockerRetrySchedule, type RetrySchedule } from './retry.ts';
export type { ImageFilters, ImageSummary } from './summary.ts';
