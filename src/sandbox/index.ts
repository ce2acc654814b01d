export { BackgroundError, runInBackground, startInBackground } from './background.ts';
export { type BoxLaunch, type BoxRequest, findNamespaceFlags, launchBox } from './box.ts';
export { ComposeFileError, type ComposePlan, parseComposeFile, type ServicePlan } from './compose-file.ts';
export type { ServiceAction } from './control.ts';
export { ControlError, controlDown, controlService } from './control-client.ts';
export { type HostedSandbox, hostSandbox } from './daemon.ts';
export { type NetworkNames, networkNames } from './network-names.ts';
export {
  type ProjectName,
  ProjectNameError,
  type ProjectPaths,
  parseProjectName,
  projectNameOf,
  projectPaths,
  sandboxHome,
} from './project.ts';
export { findRecord, listRecords, type SandboxRecord, type ServiceRecord } from './sandbox-record.ts';
export { DEFAULT_SETTINGS, type SandboxSettings } from './service.ts';
export { KNOWN_PORTS } from './services/known-ports.ts';
