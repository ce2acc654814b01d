import { basename, resolve } from 'node:path';
import { type ProjectName, ProjectNameError, parseProjectName, projectNameOf } from '../project-name.ts';
import { readNamed, readService } from './build-model.ts';
import { parseEnvFile } from './env-file.ts';
import { booleanOf, child, childText, itemsForm, openComplaints, textOf } from './forms.ts';
import { type Interpolation, interpolateTree } from './interpolate.ts';
import { type ComposeSource, loadFiles } from './load-files.ts';
import type { ComposeModel, ServiceModel, Variables } from './model.ts';
import { readTrees } from './read-tree.ts';
import { ComposeFileError, failAt, type ListTree, plainOf } from './tree.ts';

/** What a project is loaded from. */
export interface ComposeRequest {
  /** Files, each laid over those before it; at least one. */
  readonly sources: readonly ComposeSource[];
  /** The project's folder: relative paths begin here, and it names a project that has no name. */
  readonly folder: string;
  /** The name given by `-p` or COMPOSE_PROJECT_NAME, which wins over `name:` in a file. */
  readonly projectName: string | undefined;
  /** Variables of the caller, and of `.env` below them. */
  readonly environment: Variables;
  /** Profiles that are wanted; `*` for all. */
  readonly profiles: readonly string[];
  /** Services that are asked for by name: their profiles are wanted too. */
  readonly services?: readonly string[];
  /** Text of a file that a file names. @throws {NodeJS.ErrnoException} */
  readonly readFile: (path: string) => string;
}

export interface LoadedModel {
  readonly model: ComposeModel;
  /** Names of variables that are unset and have no default, in the order they were met. */
  readonly unsetVariables: readonly string[];
}

/**
 * Loads a project (Compose Specification). What the sandbox does not play is refused.
 * @throws {ComposeFileError} with every problem found, by service and line
 * @throws {ProjectNameError} the name can't name a project
 */
export function loadModel(request: ComposeRequest): LoadedModel {
  const { sources, folder, environment, readFile } = request;
  const name = findProjectName(request);
  const unset = new Set<string>();
  const variables = new Map([...environment, ['COMPOSE_PROJECT_NAME', name]]);
  const lookup = (variable: string): string | undefined => variables.get(variable);
  const interpolation: Interpolation = { lookup, onUnset: (variable) => unset.add(variable) };
  const complaints = openComplaints();
  const tree = loadFiles(sources, { folder, interpolation, complaints, readFile });
  const readEnvFiles = (files: ListTree): Variables => new Map(files.items.flatMap((file) => [...readOne(file)]));
  const readOne = (file: ListTree['items'][number]): Variables => {
    const path = childText(file, 'path') ?? '';
    const format = childText(file, 'format') === 'raw' ? 'raw' : 'dotenv';
    try {
      return parseEnvFile(readFile(path), { file: path, lookup, format });
    } catch (thrown) {
      if (thrown instanceof ComposeFileError) throw thrown;
      if (booleanOf(child(file, 'required')) === false) return new Map();
      complaints.add(
        file.place,
        `env file ${path} not found: ${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}`,
      );
      return new Map();
    }
  };
  const services = [...itemsForm(child(tree, 'services'))].map(([service, value]) =>
    value.kind === 'map'
      ? readService(service, value, { complaints, lookup, readEnvFiles })
      : failAt(value.place, `service ${service} must be a mapping`),
  );
  if (services.length === 0) complaints.add(tree.place, 'no service selected: the file has no services');
  const { enabled, disabled } = sortByProfile(services, request);
  const model: ComposeModel = {
    name,
    services: enabled,
    disabled,
    volumes: readNamed('volume', child(tree, 'volumes'), name, complaints),
    networks: readNamed('network', child(tree, 'networks'), name, complaints),
    extensions: Object.fromEntries(
      [...tree.entries].filter(([key]) => key.startsWith('x-')).map(([key, value]) => [key, plainOf(value)]),
    ),
  };
  if (complaints.problems.length > 0) throw new ComposeFileError(complaints.problems);
  return { model, unsetVariables: [...unset] };
}

/** The project's name: given, else the last file's `name`, else the folder's. @throws {ProjectNameError} */
export function findProjectName({ sources, projectName, environment, folder }: ComposeRequest): ProjectName {
  if (projectName) return parseProjectName(projectName);
  const using: Interpolation = { lookup: (name) => environment.get(name), onUnset: () => undefined };
  const named = sources
    .filter(({ text }) => /^["']?name/m.test(text))
    .flatMap(({ path, text }) => readTrees(text, path))
    .flatMap((tree) => child(tree, 'name') ?? []);
  const last = named.at(-1);
  const name = last && textOf(interpolateTree(last, using));
  if (!last || !name) return projectNameOf(basename(resolve(folder)));
  try {
    return parseProjectName(name);
  } catch (thrown) {
    if (thrown instanceof ProjectNameError) failAt(last.place, thrown.message);
    throw thrown;
  }
}

/** A service that names profiles runs when one of them is wanted (Compose Specification, "Profiles"). */
function sortByProfile(all: readonly ServiceModel[], { profiles, services = [] }: ComposeRequest) {
  const wanted = new Set([
    ...profiles,
    ...all.filter(({ name }) => services.includes(name)).flatMap((service) => service.profiles),
  ]);
  const isWanted = (service: ServiceModel): boolean =>
    service.profiles.length === 0 || wanted.has('*') || service.profiles.some((profile) => wanted.has(profile));
  return { enabled: all.filter(isWanted), disabled: all.filter((service) => !isWanted(service)) };
}
