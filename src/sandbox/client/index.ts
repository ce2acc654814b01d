// What those outside need to find a sandbox that runs, apart from what hosts one: each docker command goes through here.
export { type NamedPlace, type NetworkNames, namesSeenFrom, networkNames } from '../network-names.ts';
export { projectPaths, sandboxHome } from '../project.ts';
export { parseProjectName, projectNameOf } from '../project-name.ts';
export { findRecord, listRecords, type SandboxRecord, type ServiceRecord } from '../sandbox-record.ts';
export { KNOWN_PORTS } from '../services/known-ports.ts';
