export { createEngineApi, type EngineApiSettings, type ListedContainer } from './api/app.ts';
export { type Engine, type EngineSettings, openEngine, type PullOptions, type PushOptions } from './engine.ts';
export type { HistoryLine, ImageDetails } from './inspect.ts';
export type { Platform } from './platform.ts';
export type { ProgressDetail, ProgressEvent, PushResult } from './progress-event.ts';
export { defaultEndpoints, type EngineEndpoint, type ResolveRegistry } from './registry-access.ts';
export type { Removal } from './remove.ts';
export { dockerRetrySchedule, type RetrySchedule } from './retry.ts';
export type { ImageFilters, ImageSummary } from './summary.ts';
