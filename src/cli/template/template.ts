import { evaluate, lastPlace } from './evaluate.ts';
import { entriesOf, FUNCTIONS, isTrue } from './functions.ts';
import { numberOf, type Value } from './go-values.ts';
import type { Branch, Node } from './nodes.ts';
import { parseTemplate } from './parse.ts';
import { type Place, Scope } from './scope.ts';
import { showText } from './show.ts';
import { TemplateError } from './template-error.ts';

/** What a template does where data has no such member: print `<no value>`, or fail with this text for its name. */
export type Missing = 'no value' | ((name: string) => string);

/** A template ready to be filled in. */
export interface Template {
  /** @throws {TemplateError} the data does not fit; `partial` has what was printed by then */
  fill(data: Value): string;
}

/**
 * Compiles a template of docker's `--format` (Go 1.24, text/template). `name` shows in errors.
 * @throws {TemplateSyntaxError}
 */
export function compileTemplate(source: string, missing: Missing = 'no value', name = ''): Template {
  const { nodes, defined } = parseTemplate(source, name, FUNCTIONS);
  return {
    fill(data) {
      const run = new Run(defined, new Scope({ source, name, missing }, data));
      try {
        run.nodes(nodes);
      } catch (thrown) {
        throw thrown instanceof TemplateError ? new TemplateError(thrown.message, { cause: thrown }, run.text) : thrown;
      }
      return run.text;
    },
  };
}

interface Entries {
  readonly length: number;
  readonly entry: (i: number) => readonly [Value, Value];
}

type Left = 'break' | 'continue' | undefined;

/** One filling in: what is printed so far. */
class Run {
  text = '';
  readonly #defined: ReadonlyMap<string, readonly Node[]>;
  #scope: Scope;

  constructor(defined: ReadonlyMap<string, readonly Node[]>, scope: Scope) {
    this.#defined = defined;
    this.#scope = scope;
  }

  nodes(nodes: readonly Node[]): Left {
    for (const node of nodes) {
      const left = this.#node(node);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  #node(node: Node): Left {
    switch (node.kind) {
      case 'text':
        this.text += node.text;
        return undefined;
      case 'action': {
        const value = evaluate(node.pipeline, this.#scope);
        if (node.pipeline.variables.length === 0) this.text += showText(value);
        return undefined;
      }
      case 'if':
      case 'with':
        return this.#if(node);
      case 'range':
        this.#range(node);
        return undefined;
      case 'template':
        this.#template(node);
        return undefined;
      default:
        return node.kind;
    }
  }

  #if({ kind, pipeline, body, otherwise }: Branch): Left {
    return this.#within(this.#scope.inner(), () => {
      const value = evaluate(pipeline, this.#scope);
      if (!isTrue(value)) return this.nodes(otherwise);
      return kind === 'with' ? this.#within(this.#scope.inner(value), () => this.nodes(body)) : this.nodes(body);
    });
  }

  #range({ pipeline, body, otherwise }: Branch): void {
    const { variables, isAssignment, commands } = pipeline;
    const place = lastPlace(commands);
    this.#within(this.#scope.inner(), () => {
      const value = evaluate({ ...pipeline, variables: [] }, this.#scope);
      const { length, entry } = this.#entries(value, variables.length, place);
      for (let i = 0; i < length; i += 1) {
        const [key, item] = entry(i);
        const [first, second] = variables;
        const inner = this.#scope.inner(item);
        const set = (name: string, it: Value) =>
          isAssignment ? inner.assign(name, it, place) : inner.declare(name, it);
        if (second !== undefined) set(second, item);
        if (first !== undefined) set(first, second === undefined ? item : key);
        if (this.#within(inner, () => this.nodes(body)) === 'break') return;
      }
      if (length <= 0) this.nodes(otherwise);
    });
  }

  /** What a range goes through: a number counts from 0, nil is empty. */
  #entries(value: Value, variables: number, place: Place): Entries {
    const count = numberOf(value);
    if (count !== undefined && variables > 1) {
      this.#scope.fail(place, `can't use ${showText(value)} to iterate over more than one variable`);
    }
    if (count !== undefined) return { length: count, entry: (i) => [i, i] };
    const all = value === undefined || value === null ? [] : entriesOf(value);
    if (!all) return this.#scope.fail(place, `range can't iterate over ${showText(value)}`);
    return { length: all.length, entry: (i) => all[i] ?? [i, undefined] };
  }

  #template({ name, at, pipeline }: Extract<Node, { kind: 'template' }>): void {
    const nodes = this.#defined.get(name);
    if (!nodes) {
      const quoted = JSON.stringify(name);
      this.#scope.fail({ at, text: `{{template ${quoted}}}` }, `template ${quoted} not defined`);
    }
    const data = pipeline && evaluate(pipeline, this.#scope);
    this.#within(this.#scope.called(name, data, at), () => this.nodes(nodes ?? []));
  }

  #within<T>(scope: Scope, work: () => T): T {
    const outer = this.#scope;
    this.#scope = scope;
    const result = work();
    this.#scope = outer;
    return result;
  }
}
