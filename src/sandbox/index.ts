export { BackgroundError, ProjectStartingError, runInBackground, startInBackground } from './background.ts';
export { type BoxLaunch, type BoxRequest, findNamespaceFlags, launchBox } from './box.ts';
export { readClockOffset, writeClockOffset } from './clock/clock-file.ts';
export { parseClockOffset, TimeInvalidError } from './clock/parse-time.ts';
export { parseEnvFile } from './compose/env-file.ts';
export { formatModel } from './compose/format-model.ts';
export { type ComposeRequest, findProjectName } from './compose/load-model.ts';
export { loadPlan } from './compose/load-plan.ts';
export type { ComposeModel } from './compose/model.ts';
export type { ComposePlan, ServicePlan } from './compose/plan.ts';
export { ComposeFileError } from './compose/tree.ts';
export type { ServiceAction } from './control.ts';
export {
  ControlError,
  clearFaults,
  controlClock,
  controlDown,
  controlFork,
  controlPlan,
  controlRestore,
  controlServices,
  controlSnapshot,
  listFaults,
  readEvents,
  setFault,
} from './control-client.ts';
export { type HostedSandbox, hostSandbox } from './daemon.ts';
export { examineMachine } from './doctor/machine.ts';
export { examineProject } from './doctor/project.ts';
export { type Fault, FaultInvalidError, formatFault, parseFault } from './front/fault.ts';
export type { EventKind, SandboxEvent } from './front/sandbox-event.ts';
export { buildHubImages, type HubImage } from './hub-image.ts';
export { hostPath } from './inside-path.ts';
export { type NetworkNames, networkNames } from './network-names.ts';
export { PAGE_COMPOSE_FILE } from './page-compose-file.ts';
export { type ProjectPaths, projectPaths, sandboxHome } from './project.ts';
export { type ProjectName, ProjectNameError, parseProjectName, projectNameOf } from './project-name.ts';
export {
  findRecord,
  findRestingRecord,
  listRecords,
  listRestingRecords,
  type SandboxRecord,
  type ServiceRecord,
} from './sandbox-record.ts';
export { DEFAULT_SETTINGS, type SandboxSettings } from './service.ts';
export { KNOWN_PORTS } from './services/known-ports.ts';
export { forkHeld, restoreHeld, saveHeld } from './snapshots/held-snapshots.ts';
export {
  deleteSnapshot,
  listSnapshots,
  parseSnapshotName,
  restoreSnapshot,
  type SnapshotInfo,
  saveSnapshot,
} from './snapshots/snapshots.ts';
export { explainStartFailure } from './start-failure.ts';
