import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  type ComposeModel,
  type ComposePlan,
  type ComposeRequest,
  findProjectName,
  loadPlan,
  PAGE_COMPOSE_FILE,
  type ProjectPaths,
  parseEnvFile,
  parseProjectName,
  projectPaths,
  sandboxHome,
} from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';

/** The names compose looks for, in its order (Compose Specification, "Compose file"). */
const FILE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
/** What is laid over the file, whichever of the names that has: the first of these, as with compose. */
const OVERRIDE_NAMES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];
const STDIN = '-';

/** The project a command is about. */
export interface Project {
  readonly paths: ProjectPaths;
  /** Absolute path of its compose files, with commas; null when there is none and the page's is played. */
  readonly composeFile: string | null;
}

/** A project and what its compose files say. */
export interface PlannedProject extends Project {
  readonly model: ComposeModel;
  readonly plan: ComposePlan;
  /** Changes when the plan does. */
  readonly planDigest: string;
}

/**
 * Finds the project as compose does: `-p`, `-f`, COMPOSE_PROJECT_NAME, COMPOSE_FILE, else the folder and its parents; where there is
 * no file, TRUSTSANDBOX_PROJECT may name it.
 */
export function findProject(io: Io): Project {
  const { env } = io;
  const { request, composeFile } = composeRequest(io, []);
  return { paths: projectPaths(sandboxHome(env), findProjectName(request)), composeFile };
}

/**
 * Finds the project and reads its files; what is unset in them is said on stderr.
 * @throws {ComposeFileError | ExitError} `-f` names a file that is not there; no file where one is needed
 */
export function planProject(
  io: Io,
  { needsFile, services = [] }: { needsFile: boolean; services?: readonly string[] },
): PlannedProject {
  const { request, composeFile } = composeRequest(io, services);
  if (composeFile === null && needsFile) throw new ExitError(1, 'no configuration file provided: not found');
  const { model, plan, unsetVariables } = loadPlan(request);
  for (const name of unsetVariables) {
    printLine(io.stderr, `WARN[0000] The "${name}" variable is not set. Defaulting to a blank string. `);
  }
  const unknown = services.find((name) => !model.services.some((service) => service.name === name));
  if (unknown !== undefined) throw new ExitError(1, `no such service: ${unknown}`);
  return {
    paths: projectPaths(sandboxHome(io.env), parseProjectName(model.name)),
    composeFile,
    model,
    plan,
    planDigest: createHash('sha256').update(JSON.stringify(plan)).digest('hex'),
  };
}

/** What a project is loaded from: files, `.env`, variables. */
export function composeRequest(
  io: Io,
  services: readonly string[],
): { readonly request: ComposeRequest; readonly composeFile: string | null } {
  const { cwd } = io;
  const variables = new Map(
    Object.entries(io.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const here = withEnvFiles(variables, envFiles(variables.get('COMPOSE_ENV_FILES'), cwd));
  const paths = composeFiles(here, cwd);
  const folder =
    here.get('TRUSTSANDBOX_PROJECT_DIRECTORY') ?? dirname(paths.find((path) => path !== STDIN) ?? join(cwd, 'x'));
  const environment = withEnvFiles(here, here.has('COMPOSE_ENV_FILES') ? [] : [join(folder, '.env')]);
  const sources = paths.map((path) => ({ path: path === STDIN ? '(stdin)' : path, text: readComposeFile(path) }));
  const request: ComposeRequest = {
    sources: sources.length > 0 ? sources : [{ path: 'the sandbox of the page', text: PAGE_COMPOSE_FILE }],
    folder: resolve(cwd, folder),
    projectName:
      environment.get('COMPOSE_PROJECT_NAME') ??
      (paths.length === 0 ? environment.get('TRUSTSANDBOX_PROJECT') : undefined),
    environment,
    profiles: (environment.get('COMPOSE_PROFILES') ?? '').split(',').filter((profile) => profile !== ''),
    services,
    readFile: (path) => readFileSync(path, 'utf8'),
  };
  return { request, composeFile: paths.length > 0 ? paths.join(',') : null };
}

/** `.env` of the folder, unless others are named. */
function envFiles(named: string | undefined, cwd: string): string[] {
  return named === undefined ? [join(cwd, '.env')] : named.split(',').map((path) => resolve(cwd, path));
}

/** Variables of the caller win over those of files; of files the last wins. */
function withEnvFiles(own: ReadonlyMap<string, string>, paths: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of paths) {
    if (!existsSync(path)) {
      if (path.endsWith('/.env')) continue;
      throw new ExitError(1, `couldn't find env file: ${path}`);
    }
    const lookup = (name: string): string | undefined => own.get(name) ?? found.get(name);
    for (const [name, value] of parseEnvFile(readFileSync(path, 'utf8'), { file: path, lookup }))
      found.set(name, value);
  }
  return new Map([...found, ...own]);
}

function composeFiles(environment: ReadonlyMap<string, string>, cwd: string): string[] {
  const named = environment.get('COMPOSE_FILE');
  if (!named) return findComposeFiles(cwd);
  const separator = environment.get('COMPOSE_PATH_SEPARATOR') ?? ':';
  return named.split(separator).map((path) => (path === STDIN ? path : resolve(cwd, path)));
}

function findComposeFiles(from: string): string[] {
  const first = (names: readonly string[]): string[] =>
    names
      .map((name) => join(from, name))
      .filter((path) => existsSync(path))
      .slice(0, 1);
  const found = first(FILE_NAMES);
  if (found.length > 0) return [...found, ...first(OVERRIDE_NAMES)];
  const parent = dirname(from);
  return parent === from ? [] : findComposeFiles(parent);
}

function readComposeFile(path: string): string {
  try {
    return readFileSync(path === STDIN ? 0 : path, 'utf8');
  } catch (cause) {
    throw new ExitError(1, `open ${path}: no such file or directory`, { cause });
  }
}
