// What those outside need to find a sandbox that runs, apart from what hosts one: each docker command goes through here.
export { type NetworkNames, networkNames } from '../network-names.ts';
export { parseProjectName, projectNameOf, projectPaths, sandboxHome } from '../project.ts';
export { findRecord, listRecords, type SandboxRecord } from '../sandbox-record.ts';
export { KNOWN_PORTS } from '../services/known-ports.ts';
