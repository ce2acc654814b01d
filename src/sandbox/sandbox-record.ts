import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { isAnswering } from './control-client.ts';
import { type ProjectName, type ProjectPaths, projectPaths } from './project.ts';

const mountSchema = v.object({ source: v.string(), target: v.string(), readOnly: v.boolean() });

const serviceSchema = v.object({
  name: v.string(),
  kind: v.picklist(['registry', 'notary-server', 'client']),
  image: v.string(),
  containerName: v.string(),
  containerId: v.string(),
  state: v.picklist(['running', 'exited']),
  startedAt: v.string(),
  /** When it last stopped; of one that never did, nothing. */
  finishedAt: v.optional(v.string()),
  /** Loopback address of this service alone, and the port it listens on; a client listens on none. */
  address: v.string(),
  port: v.optional(v.number()),
  /** The Engine's socket, for a client. */
  engineSocket: v.optional(v.string()),
  /** Names the other services know it by. */
  names: v.array(v.string()),
  mounts: v.array(mountSchema),
  home: v.string(),
  log: v.string(),
});

const recordSchema = v.object({
  version: v.literal(1),
  project: v.string(),
  pid: v.number(),
  startedAt: v.string(),
  /** Compose file it was started from, or null for the page's. */
  composeFile: v.nullable(v.string()),
  /** Changes when the plan does. */
  planDigest: v.string(),
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
  const text = await readFile(paths.record, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = v.safeParse(recordSchema, safeJson(text));
  return parsed.success && (await isAnswering(paths)) ? parsed.output : undefined;
}

/** All sandboxes of this user that run, by name. */
export async function listRecords(home: string): Promise<SandboxRecord[]> {
  const folders = await readdir(home).catch(() => []);
  const records = await Promise.all(folders.map((folder) => findRecord(projectPaths(home, folder as ProjectName))));
  return records.filter((record) => record !== undefined);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
