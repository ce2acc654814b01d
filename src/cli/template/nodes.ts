/** A parsed template (Go 1.24, `text/template/parse/node.go`). `at` is where docker says something is wrong. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | Branch
  | { readonly kind: 'template'; readonly name: string; readonly at: number; readonly pipeline: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue' };

/** `if`, `with` and `range`, with what is done else. */
export interface Branch {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands joined by `|`, whose result the variables take; it is then not printed. */
export interface Pipeline {
  readonly at: number;
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly at: number;
  readonly operands: readonly Operand[];
}

export type Operand = { readonly at: number } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[] }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  | { readonly kind: 'dot' | 'nil' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string; readonly source: string }
  | { readonly kind: 'number'; readonly value: number; readonly isFloat: boolean; readonly source: string }
);

/** An operand as errors quote it. */
export function formatOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'name':
      return operand.name;
    case 'field':
      return operand.path.map((name) => `.${name}`).join('');
    case 'variable':
      return [operand.name, ...operand.path].join('.');
    case 'chain':
      return [
        operand.of.kind === 'pipeline' ? `(${formatPipeline(operand.of.pipeline)})` : formatOperand(operand.of),
        ...operand.path,
      ].join('.');
    case 'pipeline':
      return formatPipeline(operand.pipeline);
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(operand.value);
    case 'string':
    case 'number':
      return operand.source;
  }
}

export function formatCommand({ operands }: Command): string {
  return operands
    .map((operand) => (operand.kind === 'pipeline' ? `(${formatOperand(operand)})` : formatOperand(operand)))
    .join(' ');
}

export function formatPipeline({ variables, isAssignment, commands }: Pipeline): string {
  const taken = variables.length === 0 ? '' : `${variables.join(', ')} ${isAssignment ? '=' : ':='} `;
  return taken + commands.map(formatCommand).join(' | ');
}
