import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { namesOf, SERVICE_ATTRIBUTES } from './attributes.ts';
import { booleanOf, type Complaints, child, keyValueForm, listForm, namesForm, textOf } from './forms.ts';
import { mountForm } from './mounts.ts';
import { portForms } from './ports.ts';
import { ShellWordsError, splitWords } from './shell-words.ts';
import { type ListTree, type MapTree, mapTree, type Place, scalarTree, type Tree } from './tree.ts';

interface FormContext {
  /** What relative paths begin at. */
  readonly folder: string;
  readonly complaints: Complaints;
}

type Form = (tree: Tree, context: FormContext, name: string) => Tree;

const DEPENDS_CONDITIONS: ReadonlySet<string> = new Set([
  'service_started',
  'service_healthy',
  'service_completed_successfully',
]);

const text: Form = (tree, { complaints }, name) => {
  if (tree.kind !== 'scalar' || tree.value === null) complaints.add(tree.place, `${name} must be a string`);
  return tree.kind === 'scalar' && tree.value !== null ? { ...tree, value: String(tree.value) } : tree;
};
const keyValues: Form = (tree, { complaints }, name) => keyValueForm(tree, name, complaints);
const texts: Form = (tree, context, name) => {
  const list = listForm(tree);
  return { ...list, items: list.items.map((item) => text(item, context, name)) };
};

/** How each attribute is written out in full, so that files can be merged (Compose Specification, "Merge and override"). */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['image', text],
  ['container_name', text],
  ['hostname', text],
  ['working_dir', text],
  ['restart', text],
  ['environment', keyValues],
  ['labels', keyValues],
  ['profiles', texts],
  ['command', commandForm],
  ['entrypoint', commandForm],
  ['env_file', envFilesForm],
  ['expose', texts],
  ['networks', (tree, { complaints }, name) => namesForm(tree, name, complaints, (place) => scalarTree(place, null))],
  ['depends_on', dependsForm],
  [
    'ports',
    (tree, { complaints }) => {
      const list = listForm(tree);
      return { ...list, items: list.items.flatMap((item) => portForms(item, complaints)) };
    },
  ],
  [
    'volumes',
    (tree, { folder, complaints }) => {
      const list = listForm(tree);
      return { ...list, items: list.items.map((item) => mountForm(item, folder, complaints)) };
    },
  ],
]);

/** One service with each attribute in its long form. What the sandbox can't play is a complaint. */
export function serviceForm(service: Tree, name: string, context: FormContext): MapTree {
  const { complaints } = context;
  if (service.kind !== 'map') {
    complaints.add(service.place, `service ${name} must be a mapping`);
    return mapTree(service.place);
  }
  const entries = [...service.entries].map(([key, tree]): [string, Tree] => {
    const kind = SERVICE_ATTRIBUTES.get(key);
    if (kind === undefined && !key.startsWith('x-')) {
      complaints.add(tree.place, `service ${name}: additional properties '${key}' not allowed`);
    } else if (kind === 'refused' && tree.tag !== 'reset') {
      complaints.add(
        tree.place,
        `service ${name}: the sandbox can't play ${key}; it can play ${namesOf(SERVICE_ATTRIBUTES, 'played')}`,
      );
    }
    const form = tree.tag === 'reset' ? undefined : FORMS.get(key);
    return [key, form ? form(tree, context, `service ${name}: ${key}`) : tree];
  });
  return { ...service, entries: new Map(entries) };
}

function commandForm(tree: Tree, context: FormContext, name: string): Tree {
  if (tree.kind === 'list') return texts(tree, context, name);
  if (tree.kind === 'map') {
    context.complaints.add(tree.place, `${name} must be a string or a list of strings`);
    return tree;
  }
  if (tree.value === null) return tree;
  try {
    const items = splitWords(String(tree.value)).map((word) => scalarTree(tree.place, word));
    return { kind: 'list', items, place: tree.place } satisfies ListTree;
  } catch (thrown) {
    if (!(thrown instanceof ShellWordsError)) throw thrown;
    context.complaints.add(tree.place, `${name}: ${thrown.message}`);
    return tree;
  }
}

function envFilesForm(tree: Tree, { folder, complaints }: FormContext, name: string): Tree {
  const list =
    tree.kind === 'map' ? ({ kind: 'list', items: [tree], place: tree.place } satisfies ListTree) : listForm(tree);
  const items = list.items.map((item) => {
    const path = item.kind === 'map' ? child(item, 'path') : item;
    const text = path && textOf(path);
    if (!path || !text) complaints.add(item.place, `${name} must be a path, or a mapping with one`);
    const entries = new Map<string, Tree>([['path', scalarTree(item.place, absolutePath(text ?? '', folder))]]);
    if (item.kind === 'map') {
      for (const key of ['required', 'format']) {
        const value = child(item, key);
        if (value) entries.set(key, value);
      }
    }
    return mapTree(item.place, entries);
  });
  return { ...list, items };
}

function dependsForm(tree: Tree, { complaints }: FormContext, name: string): Tree {
  const started = (place: Place): Tree =>
    mapTree(place, [
      ['condition', scalarTree(place, 'service_started')],
      ['required', scalarTree(place, true)],
    ]);
  const named = namesForm(tree, name, complaints, started);
  const entries = [...named.entries].map(([service, value]): [string, Tree] => {
    const condition = child(value, 'condition');
    const given = condition && textOf(condition);
    if (given !== undefined && !DEPENDS_CONDITIONS.has(given)) {
      complaints.add(
        condition?.place ?? value.place,
        `${name}: condition must be one of ${[...DEPENDS_CONDITIONS].join(', ')}`,
      );
    }
    if (given === 'service_completed_successfully') {
      complaints.add(
        condition?.place ?? value.place,
        `${name}: no service of the sandbox completes: ${service} runs until it is stopped`,
      );
    }
    const full = new Map([
      ...(started(value.place) as MapTree).entries,
      ...(value.kind === 'map' ? value.entries : []),
    ]);
    const required = full.get('required');
    if (required) full.set('required', scalarTree(required.place, booleanOf(required) ?? true));
    return [service, mapTree(value.place, full)];
  });
  return { ...named, entries: new Map(entries) };
}

function absolutePath(path: string, folder: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path);
}
