import { dirname, resolve } from 'node:path';
import { namesOf, TOP_ATTRIBUTES } from './attributes.ts';
import { type Complaints, child, childText, textOf } from './forms.ts';
import { type Interpolation, interpolateTree } from './interpolate.ts';
import { mergeTrees, settle } from './merge.ts';
import { readTrees } from './read-tree.ts';
import { serviceForm } from './service-form.ts';
import { failAt, type MapTree, mapTree, type Tree } from './tree.ts';

/** A compose file's text; `path` is its name in messages, `folder` what its relative paths begin at. */
export interface ComposeSource {
  readonly path: string;
  readonly text: string;
}

export interface FileLoading {
  readonly folder: string;
  readonly interpolation: Interpolation;
  readonly complaints: Complaints;
  /** Text of a file that `extends` names. @throws {NodeJS.ErrnoException} */
  readonly readFile: (path: string) => string;
}

/** Reads files and lays each over those before it. Services are in their long forms, `extends` is resolved. @throws {ComposeFileError} */
export function loadFiles(sources: readonly ComposeSource[], loading: FileLoading): MapTree {
  const trees = sources.flatMap(({ path, text }) => readTrees(text, path).map((tree) => loadTree(tree, path, loading)));
  const [first = mapTree({ file: '', line: 1 }), ...rest] = trees;
  return settle(rest.reduce<Tree>((below, above) => mergeTrees(below, above), first)) as MapTree;
}

function loadTree(raw: MapTree, path: string, loading: FileLoading): MapTree {
  const { complaints, interpolation } = loading;
  const tree = interpolateTree(raw, interpolation) as MapTree;
  for (const [key, { place }] of tree.entries) {
    const kind = TOP_ATTRIBUTES.get(key);
    if (kind === undefined && !key.startsWith('x-'))
      complaints.add(place, `additional properties '${key}' not allowed`);
    if (kind === 'refused') {
      complaints.add(place, `the sandbox can't play ${key}; it can play ${namesOf(TOP_ATTRIBUTES, 'played')}`);
    }
  }
  const services = child(tree, 'services');
  if (!services || (services.kind === 'scalar' && services.value === null)) return tree;
  if (services.kind !== 'map') failAt(services.place, 'services must be a mapping');
  const inFile = new ServicesOfFile(services, resolve(loading.folder, path), loading);
  const formed = [...services.entries.keys()].map((name) => [name, inFile.get(name, [])] as const);
  return { ...tree, entries: new Map([...tree.entries, ['services', { ...services, entries: new Map(formed) }]]) };
}

/** The services of one file, each with what it extends (Compose Specification, "extends"). */
class ServicesOfFile {
  readonly #services: MapTree;
  readonly #path: string;
  readonly #loading: FileLoading;

  constructor(services: MapTree, path: string, loading: FileLoading) {
    this.#services = services;
    this.#path = path;
    this.#loading = loading;
  }

  /** `chain`: the services that extend this one, to see a circle. */
  get(name: string, chain: readonly string[]): MapTree {
    const given = this.#services.entries.get(name);
    if (!given) return failAt(this.#services.place, `service ${name} not found in ${this.#path}`);
    const own = serviceForm(given, name, this.#loading);
    const extending = own.entries.get('extends');
    if (!extending) return own;
    const id = `${this.#path}#${name}`;
    if (chain.includes(id)) failAt(extending.place, `service ${name} extends itself, by way of others`);
    const base = this.#base(extending, [...chain, id]);
    const without = { ...own, entries: new Map([...own.entries].filter(([key]) => key !== 'extends')) };
    return mergeTrees(base, without) as MapTree;
  }

  #base(extending: Tree, chain: readonly string[]): MapTree {
    const service = textOf(extending) ?? childText(extending, 'service');
    if (!service) return failAt(extending.place, 'extends must name a service');
    const file = childText(extending, 'file');
    const inFile = file === undefined ? this : this.#other(resolve(dirname(this.#path), file), extending);
    if (!inFile.#services.entries.has(service))
      failAt(extending.place, `service ${service} not found in ${file ?? this.#path}`);
    return inFile.get(service, chain);
  }

  #other(path: string, extending: Tree): ServicesOfFile {
    const loading = { ...this.#loading, folder: dirname(path) };
    let text: string;
    try {
      text = this.#loading.readFile(path);
    } catch (thrown) {
      return failAt(extending.place, `extends: ${path}: ${(thrown as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
    }
    const [tree = mapTree(extending.place)] = readTrees(text, path);
    const services = child(interpolateTree(tree, loading.interpolation), 'services');
    if (services?.kind !== 'map') return failAt(extending.place, `extends: ${path} has no services`);
    return new ServicesOfFile(services, path, loading);
  }
}
