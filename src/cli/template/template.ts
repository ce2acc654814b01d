import { elementsOf, FUNCTIONS, isTrue, showText, type Value } from './functions.ts';
import { type Node, type Operand, type Pipeline, parseTemplate } from './parse.ts';
import { TemplateError } from './template-error.ts';

/** What a template does where data has no such member: print `<no value>`, or fail with this text for its name. */
export type Missing = 'no value' | ((name: string) => string);

/** A template ready to be filled in. */
export interface Template {
  /** @throws {TemplateError} the data does not fit */
  fill(data: Value): string;
}

interface Scope {
  readonly dot: Value;
  readonly variables: ReadonlyMap<string, { value: Value }>;
  readonly missing: Missing;
}

/** Compiles a template of docker's `--format`. @throws {TemplateError} */
export function compileTemplate(source: string, missing: Missing = 'no value'): Template {
  const nodes = parseTemplate(source);
  return { fill: (data) => fillNodes(nodes, { dot: data, variables: new Map([['', { value: data }]]), missing }) };
}

function fillNodes(nodes: readonly Node[], outer: Scope): string {
  let scope = outer;
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'print' && node.pipeline.assigns.length > 0) scope = assign(node.pipeline, scope);
    else text += fillNode(node, scope);
  }
  return text;
}

function fillNode(node: Node, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'print':
      return showText(evaluate(node.pipeline, scope));
    case 'if': {
      const inner = assign(node.pipeline, scope);
      return fillNodes(isTrue(evaluate(node.pipeline, scope)) ? node.then : node.otherwise, inner);
    }
    case 'with': {
      const value = evaluate(node.pipeline, scope);
      const inner = assign(node.pipeline, scope);
      return isTrue(value) ? fillNodes(node.then, { ...inner, dot: value }) : fillNodes(node.otherwise, scope);
    }
    case 'range':
      return fillRange(node, scope);
  }
}

function fillRange(node: Extract<Node, { kind: 'range' }>, scope: Scope): string {
  const entries = entriesOf(evaluate(node.pipeline, scope));
  if (entries.length === 0) return fillNodes(node.otherwise, scope);
  const [first, second] = node.pipeline.assigns;
  return entries
    .map(([key, value]) => {
      const variables = new Map(scope.variables);
      if (second !== undefined) variables.set(first ?? '', { value: key }).set(second, { value });
      else if (first !== undefined) variables.set(first, { value });
      return fillNodes(node.body, { ...scope, dot: value, variables });
    })
    .join('');
}

function entriesOf(value: Value): (readonly [Value, Value])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  return elementsOf(value).map((item, i) => [i, item] as const);
}

function assign(pipeline: Pipeline, scope: Scope): Scope {
  const [name] = pipeline.assigns;
  if (name === undefined) return scope;
  return { ...scope, variables: new Map(scope.variables).set(name, { value: evaluate(pipeline, scope) }) };
}

function evaluate({ commands }: Pipeline, scope: Scope): Value {
  let piped: readonly Value[] = [];
  for (const command of commands) piped = [run(command, piped, scope)];
  return piped[0];
}

/** The first word is a function with its arguments, or a single value. The result so far comes last. */
function run([first, ...rest]: readonly Operand[], piped: readonly Value[], scope: Scope): Value {
  if (first?.kind !== 'name' || isLiteral(first.text)) {
    if (first === undefined || rest.length > 0 || piped.length > 0)
      throw new TemplateError("can't give argument to non-function");
    return operandValue(first, scope);
  }
  const work = FUNCTIONS.get(first.text);
  if (!work) throw new TemplateError(`function ${JSON.stringify(first.text)} not defined`);
  return work(...rest.map((operand) => operandValue(operand, scope)), ...piped);
}

function operandValue(operand: Operand, scope: Scope): Value {
  switch (operand.kind) {
    case 'string':
      return operand.text;
    case 'number':
      return operand.value;
    case 'field':
      return walk(scope.dot, operand, scope);
    case 'variable': {
      const found = scope.variables.get(operand.name);
      if (!found) throw new TemplateError(`undefined variable "$${operand.name}"`);
      return walk(found.value, operand, scope);
    }
    case 'group':
      return evaluate(operand.pipeline, scope);
    case 'name':
      if (isLiteral(operand.text)) return operand.text === 'nil' ? undefined : operand.text === 'true';
      return run([operand], [], scope);
  }
}

function isLiteral(text: string): boolean {
  return text === 'true' || text === 'false' || text === 'nil';
}

function walk(from: Value, { path, at }: Extract<Operand, { path: readonly string[] }>, { missing }: Scope): Value {
  const fail = (reason: string): never => {
    throw new TemplateError(`template: :1:${at}: executing "" at <.${path.join('.')}>: ${reason}`);
  };
  let value = from;
  for (const name of path) {
    if (value === undefined || value === null) return fail(`nil pointer evaluating interface {}.${name}`);
    const has = typeof value === 'object' && Object.hasOwn(value, name);
    if (!has && missing !== 'no value') return fail(missing(name));
    value = has ? (value as Record<string, Value>)[name] : undefined;
  }
  return value;
}
