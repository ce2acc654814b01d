import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import type { SettingProblem } from './problem.ts';
import { emptyMap, type Origin, type Setting, type SettingMap } from './setting.ts';

/** More than any configuration has, and fewer than a file of aliases of aliases can make of itself. */
const MAX_NODES = 50_000;
const MERGE = '<<';

export interface ParsedYaml {
  readonly settings: SettingMap;
  readonly problems: readonly SettingProblem[];
}

/** Reads a YAML file of settings, with the line of each. A file that is empty has none. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const problems = document.errors.map(({ message, pos }): SettingProblem => {
    const { line } = lines.linePos(pos[0]);
    return { name: '', message: `not YAML: ${message}`, origin: { kind: 'line', line } };
  });
  const begin: Origin = { kind: 'line', line: 1 };
  if (problems.length > 0) return { settings: emptyMap(begin), problems };
  const origin = (node: Node): Origin => ({ kind: 'line', line: lines.linePos(node.range?.[0] ?? 0).line });
  const settings = new TreeReader(document, origin).read();
  if (settings === undefined) return { settings: emptyMap(begin), problems };
  if (settings.kind === 'map') return { settings, problems };
  const wrong = { name: '', message: 'want settings by name at the top of the file', origin: settings.origin };
  return { settings: emptyMap(begin), problems: [wrong] };
}

/** Reads the value of a variable: YAML, as `REGISTRY_HTTP_HEADERS={X-A: [b]}` needs. Text that is none stands for itself. */
export function parseYamlValue(text: string, origin: Origin): Setting {
  const asIs: Setting = { kind: 'scalar', value: text, text, origin };
  const document = parseDocument(text, { merge: true, prettyErrors: false });
  if (document.errors.length > 0) return asIs;
  return new TreeReader(document, () => origin).read() ?? { ...asIs, value: null };
}

/** Takes a YAML document apart into settings. */
class TreeReader {
  readonly #document: Document.Parsed;
  readonly #origin: (node: Node) => Origin;
  #nodes = 0;

  constructor(document: Document.Parsed, origin: (node: Node) => Origin) {
    this.#document = document;
    this.#origin = origin;
  }

  read(): Setting | undefined {
    const { contents } = this.#document;
    return contents === null ? undefined : this.#node(contents, this.#origin(contents));
  }

  #node(node: unknown, at: Origin): Setting {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) return nothing(at);
    if (isAlias(node)) return this.#node((node as Alias).resolve(this.#document), at);
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node.items), origin: this.#origin(node as Node) };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#node(item, this.#at(item, at)));
      return { kind: 'list', items, origin: this.#origin(node as Node) };
    }
    if (!isScalar(node)) return nothing(at);
    const { value } = node;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const text = typeof value === 'string' ? value : (node.source ?? String(value ?? ''));
    return { kind: 'scalar', value: isPlain ? value : null, text, origin: at };
  }

  /** Of names that come by merging (`<<: *defaults`), those that stand in the map itself win. */
  #entries(pairs: readonly Pair[]): Map<string, Setting> {
    const merged = new Map<string, Setting>();
    const own = new Map<string, Setting>();
    for (const { key, value } of pairs) {
      const at = this.#at(key, { kind: 'line', line: 1 });
      const name = isScalar(key) ? (typeof key.value === 'symbol' ? MERGE : String(key.value)) : '';
      const setting = this.#node(value, at);
      if (name !== MERGE) own.set(name, { ...setting, origin: at });
      else for (const each of setting.kind === 'list' ? setting.items : [setting]) mergeInto(merged, each);
    }
    return new Map([...merged, ...own]);
  }

  #at(node: unknown, otherwise: Origin): Origin {
    const isNode = typeof node === 'object' && node !== null && 'range' in node && node.range;
    return isNode ? this.#origin(node as Node) : otherwise;
  }
}

function mergeInto(target: Map<string, Setting>, setting: Setting): void {
  if (setting.kind !== 'map') return;
  for (const [name, value] of setting.entries) if (!target.has(name)) target.set(name, value);
}

function nothing(origin: Origin): Setting {
  return { kind: 'scalar', value: null, text: '', origin };
}
