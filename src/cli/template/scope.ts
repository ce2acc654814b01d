import type { Value } from './go-values.ts';
import { formatOperand, type Operand } from './nodes.ts';
import type { Missing } from './template.ts';
import { TemplateError } from './template-error.ts';

const MAX_DEPTH = 200;

interface Settings {
  readonly source: string;
  readonly name: string;
  readonly missing: Missing;
  /** The template that is executed, where one calls another. */
  readonly executing?: string;
  /** How many templates have called one another to get there. */
  readonly depth?: number;
}

/** What an error is about: an operand, or a text and where it stands. */
export type Place = { readonly operand: Operand } | { readonly at: number; readonly text: string };

/** The dot and the variables at one place of a template. */
export class Scope {
  readonly dot: Value;
  readonly settings: Settings;
  readonly #outer: Scope | undefined;
  readonly #variables: Map<string, Value>;

  constructor(settings: Settings, data: Value, outer?: Scope) {
    this.settings = settings;
    this.dot = data;
    this.#outer = outer;
    this.#variables = outer ? new Map() : new Map([['$', data]]);
  }

  /** A scope in this one, with a dot of its own unless none is given. */
  inner(...dot: readonly [] | readonly [Value]): Scope {
    return new Scope(this.settings, dot.length === 0 ? this.dot : dot[0], this);
  }

  /** The scope of a template that is called from here. @throws {TemplateError} they call each other without an end */
  called(name: string, data: Value, at: number): Scope {
    const { depth = 0 } = this.settings;
    if (depth >= MAX_DEPTH) {
      this.fail({ at, text: `{{template ${JSON.stringify(name)}}}` }, `exceeded maximum template depth (${MAX_DEPTH})`);
    }
    return new Scope({ ...this.settings, executing: name, depth: depth + 1 }, data);
  }

  get(name: string): Value {
    return this.#holder(name)?.get(name);
  }

  declare(name: string, value: Value): void {
    this.#variables.set(name, value);
  }

  /** Sets the variable where it was declared. @throws {TemplateError} it was not; `place` is what it should have been */
  assign(name: string, value: Value, place: Place): void {
    const holder = this.#holder(name) ?? this.fail(place, `undefined variable: ${name}`);
    holder.set(name, value);
  }

  #holder(name: string): Map<string, Value> | undefined {
    if (this.#variables.has(name)) return this.#variables;
    return this.#outer === undefined ? undefined : this.#outer.#holder(name);
  }

  /** @throws {TemplateError} always: in Go's words, with line and column */
  fail(place: Place, problem: string): never {
    const at = 'operand' in place ? place.operand.at : place.at;
    const text = 'operand' in place ? formatOperand(place.operand) : place.text;
    const { source, name, executing = name } = this.settings;
    const before = source.slice(0, at).split('\n');
    const column = Buffer.byteLength(before.at(-1) ?? '');
    throw new TemplateError(
      `template: ${name}:${before.length}:${column}: executing ${JSON.stringify(executing)} at <${text}>: ${problem}`,
    );
  }
}
