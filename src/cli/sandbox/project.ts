import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  type ComposePlan,
  type ProjectPaths,
  parseComposeFile,
  parseProjectName,
  projectNameOf,
  projectPaths,
  sandboxHome,
} from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';
import { PAGE_COMPOSE_FILE } from './page-compose-file.ts';

/** The names compose looks for, in its order (Compose Specification, "Compose file"). */
const FILE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'] as const;

/** The project a command is about. */
export interface Project {
  readonly paths: ProjectPaths;
  /** Absolute path of its compose file; null when there is none and the page's is played. */
  readonly composeFile: string | null;
}

/** A project and what its compose file says. */
export interface PlannedProject extends Project {
  readonly plan: ComposePlan;
  /** Changes when the compose file does. */
  readonly planDigest: string;
}

/** Finds the project as compose does: `-p`, `-f`, COMPOSE_PROJECT_NAME, COMPOSE_FILE, else the folder and its parents. */
export function findProject({ env, cwd }: Io): Project {
  const composeFile = env.COMPOSE_FILE ? resolve(cwd, env.COMPOSE_FILE) : findComposeFile(cwd);
  const folder = composeFile === null ? cwd : dirname(composeFile);
  const name = env.COMPOSE_PROJECT_NAME ? parseProjectName(env.COMPOSE_PROJECT_NAME) : projectNameOf(folder);
  return { paths: projectPaths(sandboxHome(env), name), composeFile };
}

/** @throws {ComposeFileError | ExitError} `-f` names a file that is not there; no file where one is needed */
export function planProject(io: Io, { needsFile }: { needsFile: boolean }): PlannedProject {
  const project = findProject(io);
  if (project.composeFile === null && needsFile) throw new ExitError(1, 'no configuration file provided: not found');
  const text = project.composeFile === null ? PAGE_COMPOSE_FILE : readComposeFile(project.composeFile);
  const plan = parseComposeFile(text, {
    file: project.composeFile ?? 'the sandbox of the page',
    folder: project.composeFile === null ? io.cwd : dirname(project.composeFile),
    project: project.paths.project,
  });
  return { ...project, plan, planDigest: createHash('sha256').update(JSON.stringify(plan)).digest('hex') };
}

function findComposeFile(from: string): string | null {
  const found = FILE_NAMES.map((name) => join(from, name)).find((path) => existsSync(path));
  if (found) return found;
  const parent = dirname(from);
  return parent === from ? null : findComposeFile(parent);
}

function readComposeFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ExitError(1, `open ${path}: no such file or directory`, { cause });
  }
}
