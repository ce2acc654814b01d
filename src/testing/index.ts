// What this package is to those who import it: a sandbox in their tests.
export type { Digest } from '../core/index.ts';
export { TrustSandboxError } from '../core/index.ts';
export type { RegistryClient } from '../registry/client/index.ts';
export type { Fault, SandboxEvent, SandboxRecord, ServiceRecord, SnapshotInfo } from '../sandbox/index.ts';
export { EventMissingError, ProgramMissingError, ServiceMissingError } from './errors.ts';
export { type Image, type ImageRequest, image, type LayerFiles } from './image.ts';
export type { Signed } from './publisher.ts';
export type { Ran, RunOptions, RunProgram } from './run-program.ts';
export type { EventFilter, SandboxEvents } from './sandbox-events.ts';
export { startSandbox } from './start-sandbox.ts';
export type { SandboxRequest, TestSandbox } from './test-sandbox.ts';
