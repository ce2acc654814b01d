import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { isAnswering } from './control-client.ts';
import { type ProjectPaths, projectPaths } from './project.ts';
import type { ProjectName } from './project-name.ts';
import { SERVICE_KINDS } from './service-kind.ts';

/** 128 and the number of SIGKILL, as a shell and docker have it. */
export const EXIT_KILLED = 137;

const mountSchema = v.object({ source: v.string(), target: v.string(), readOnly: v.boolean() });

const publishedSchema = v.object({ host: v.string(), published: v.number(), target: v.number() });

const serviceSchema = v.object({
  name: v.string(),
  kind: v.picklist(SERVICE_KINDS),
  image: v.string(),
  containerName: v.string(),
  containerId: v.string(),
  state: v.picklist(['created', 'running', 'exited']),
  /** Whether its requests wait. */
  isPaused: v.boolean(),
  /** Absent of one that never did. */
  startedAt: v.optional(v.string()),
  /** When it last stopped; of one that never did, nothing. */
  finishedAt: v.optional(v.string()),
  /** How it last ended: 137 of one that was killed. */
  exitCode: v.optional(v.number(), 0),
  /** Loopback address of this service alone, and the port it listens on; a client listens on none. */
  address: v.string(),
  port: v.optional(v.number()),
  /** The port the others know it by. */
  knownPort: v.optional(v.number()),
  scheme: v.optional(v.picklist(['http', 'https'])),
  /** The same of its doors, by the service that finds it there. */
  doors: v.optional(v.record(v.string(), v.object({ address: v.string(), port: v.optional(v.number()) })), {}),
  /** Ports of the host that lead to it. */
  published: v.array(publishedSchema),
  /** The Engine's socket, for a client. */
  engineSocket: v.optional(v.string()),
  /** Names the other services know it by. */
  names: v.array(v.string()),
  /** The same by network. */
  networks: v.record(v.string(), v.array(v.string())),
  environment: v.record(v.string(), v.string()),
  hostname: v.optional(v.string()),
  workingFolder: v.optional(v.string()),
  mounts: v.array(mountSchema),
  home: v.string(),
  /** File of the names it knows. */
  hosts: v.string(),
  /** The same with ports, as they are for it. */
  places: v.optional(v.string(), '/dev/null'),
  /** URL of the proxy that knows those names, with the box's name and a secret: for its programs' variables. */
  proxy: v.optional(v.string()),
  log: v.string(),
});

const recordSchema = v.object({
  version: v.literal(2),
  project: v.string(),
  pid: v.number(),
  startedAt: v.string(),
  /** When its process ended, of one that was not killed. */
  endedAt: v.optional(v.string()),
  /** Compose file it was started from, or null for the page's. */
  composeFile: v.nullable(v.string()),
  /** Changes when the plan does. */
  planDigest: v.string(),
  /** How far its time is ahead of the machine's, in milliseconds. */
  clockOffsetMs: v.number(),
  services: v.array(serviceSchema),
});

/** One service that runs, as other programs need to know it. Paths are absolute. */
export type ServiceRecord = v.InferOutput<typeof serviceSchema>;

/** What runs now, as `sandbox.json` says it. */
export type SandboxRecord = v.InferOutput<typeof recordSchema>;

export async function writeRecord(paths: ProjectPaths, record: SandboxRecord): Promise<void> {
  const draft = `${paths.record}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, paths.record);
}

export async function removeRecord(paths: ProjectPaths): Promise<void> {
  await rm(paths.record, { force: true });
}

/** The record of a sandbox whose process is alive; one left behind by a dead process counts as none. */
export async function findRecord(paths: ProjectPaths): Promise<SandboxRecord | undefined> {
  const record = await readRecord(paths);
  return record && (await isAnswering(paths)) ? record : undefined;
}

/**
 * The record of a sandbox that is not down and whose process is no more: it was interrupted, or killed, and with it what ran. `up`
 * and `start` begin it again.
 */
export async function findRestingRecord(paths: ProjectPaths): Promise<SandboxRecord | undefined> {
  const record = await readRecord(paths);
  if (!record || (await isAnswering(paths))) return undefined;
  const services = record.services.map(({ port, ...service }) => ({
    ...service,
    ...(service.state === 'running' && ({ state: 'exited', exitCode: EXIT_KILLED } as const)),
    isPaused: false,
    published: [],
  }));
  return { ...record, services };
}

/** What is written, whether or not its process is alive. */
export async function readRecord(paths: ProjectPaths): Promise<SandboxRecord | undefined> {
  const text = await readFile(paths.record, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = v.safeParse(recordSchema, safeJson(text));
  return parsed.success ? parsed.output : undefined;
}

/** All sandboxes of this user that run, by name. */
export function listRecords(home: string): Promise<SandboxRecord[]> {
  return listBy(home, findRecord);
}

/** All that rest. */
export function listRestingRecords(home: string): Promise<SandboxRecord[]> {
  return listBy(home, findRestingRecord);
}

async function listBy(home: string, find: typeof findRecord): Promise<SandboxRecord[]> {
  const folders = await readdir(home).catch(() => []);
  const records = await Promise.all(folders.map((folder) => find(projectPaths(home, folder as ProjectName))));
  return records.filter((record) => record !== undefined);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
