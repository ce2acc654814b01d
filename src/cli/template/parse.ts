import { lex, type Token } from './lexer.ts';
import { isFloatText, parseNumber, unquoteCharacter, unquoteString } from './literals.ts';
import type { Branch, Command, Node, Operand, Pipeline } from './nodes.ts';
import { TemplateSyntaxError } from './template-error.ts';

/** A template and those defined in it, by name. */
export interface ParsedTemplate {
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** Parses as Go does (1.24, `text/template/parse/parse.go`). @throws {TemplateSyntaxError} in its words */
export function parseTemplate(source: string, name: string, functions: { has(name: string): boolean }): ParsedTemplate {
  return new Parser(source, name, functions).whole();
}

const MAX_DEPTH = 200;

type Ending = { readonly kind: 'end' | 'else' | 'eof'; readonly rest?: 'if' | 'with' };

class Parser {
  readonly #source: string;
  readonly #name: string;
  readonly #functions: { has(name: string): boolean };
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, readonly Node[]>();
  #variables: string[] = ['$'];
  #rangeDepth = 0;
  #depth = 0;
  #at = 0;

  constructor(source: string, name: string, functions: { has(name: string): boolean }) {
    this.#source = source;
    this.#name = name;
    this.#functions = functions;
    this.#tokens = lex(source);
  }

  whole(): ParsedTemplate {
    const { nodes, ending } = this.#list();
    if (ending.kind !== 'eof') this.#fail(`unexpected {{${ending.kind}}}`);
    return { nodes, defined: this.#defined };
  }

  /** Nodes up to the `else` or `end` that belongs to somebody further out. */
  #list(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    while (true) {
      const token = this.#next();
      if (token.kind === 'end of file') return { nodes, ending: { kind: 'eof' } };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const keyword = this.#nextNonSpace();
      if (keyword.kind !== 'keyword') {
        this.#at -= 1;
        const pipeline = this.#pipeline('command', 'close');
        nodes.push({ kind: 'action', pipeline });
        continue;
      }
      if (keyword.text === 'end') {
        this.#expectClose('end');
        return { nodes, ending: { kind: 'end' } };
      }
      if (keyword.text === 'else') return { nodes, ending: this.#else() };
      const node = this.#action(keyword);
      if (node) nodes.push(node);
    }
  }

  /** `{{else}}`, or `{{else if …}}` and `{{else with …}}`, which go on like a new `if`. */
  #else(): Ending {
    const next = this.#peekNonSpace();
    if (next.kind === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      return { kind: 'else', rest: next.text };
    }
    this.#expectClose('else');
    return { kind: 'else' };
  }

  #action({ text, at }: Token): Node | undefined {
    switch (text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(text);
      case 'break':
      case 'continue':
        if (this.#nextNonSpace().kind !== 'close') this.#unexpected(this.#tokens[this.#at - 1], `{{${text}}}`);
        if (this.#rangeDepth === 0) this.#fail(`{{${text}}} outside {{range}}`);
        return { kind: text };
      case 'template':
        return this.#template(at);
      case 'define':
        this.#define();
        return undefined;
      default:
        return this.#block(at);
    }
  }

  #branch(kind: Branch['kind']): Branch {
    const before = this.#variables.length;
    const pipeline = this.#pipeline(kind, 'close');
    if (kind === 'range') this.#rangeDepth += 1;
    const { nodes: body, ending } = this.#deeper(() => this.#list());
    if (kind === 'range') this.#rangeDepth -= 1;
    const otherwise = ending.kind === 'else' ? this.#otherwise(kind, ending) : [];
    if (ending.kind === 'eof') this.#fail('unexpected EOF');
    this.#variables = this.#variables.slice(0, before);
    return { kind, pipeline, body, otherwise };
  }

  #otherwise(kind: Branch['kind'], { rest }: Ending): readonly Node[] {
    if (rest !== undefined) {
      if (rest !== kind) this.#unexpected(this.#peekNonSpace(), 'input');
      this.#nextNonSpace();
      return [this.#deeper(() => this.#branch(rest))]; // shares its {{end}}
    }
    const { nodes, ending } = this.#list();
    if (ending.kind === 'eof') this.#fail('unexpected EOF');
    if (ending.kind !== 'end') this.#fail('expected end; found {{else}}');
    return nodes;
  }

  #template(at: number): Node {
    const token = this.#nextNonSpace();
    const name = this.#nameOfTemplate(token, 'template clause');
    if (this.#peekNonSpace().kind === 'close') {
      this.#nextNonSpace();
      return { kind: 'template', name, at: token.at, pipeline: undefined };
    }
    void at;
    return { kind: 'template', name, at: token.at, pipeline: this.#pipeline('template clause', 'close') };
  }

  #define(): void {
    const name = this.#nameOfTemplate(this.#nextNonSpace(), 'define clause');
    this.#expectClose('define clause');
    this.#defineBody(name, 'define clause');
  }

  #block(_at: number): Node {
    const token = this.#nextNonSpace();
    const name = this.#nameOfTemplate(token, 'block clause');
    const pipeline = this.#pipeline('block clause', 'close');
    this.#defineBody(name, 'block clause');
    return { kind: 'template', name, at: token.at, pipeline };
  }

  #defineBody(name: string, context: string): void {
    const outer = this.#variables;
    this.#variables = ['$'];
    const { nodes, ending } = this.#list();
    if (ending.kind !== 'end')
      this.#fail(ending.kind === 'eof' ? 'unexpected EOF' : `unexpected {{else}} in ${context}`);
    this.#variables = outer;
    this.#defined.set(name, nodes);
  }

  #nameOfTemplate(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'rawString') this.#unexpected(token, context);
    return unquoteString(token.text) ?? this.#fail('invalid syntax');
  }

  #pipeline(context: string, end: 'close' | 'rightParen'): Pipeline {
    const { at } = this.#peekNonSpace();
    const { variables, isAssignment } = this.#declaration(context);
    const commands: Command[] = [];
    while (true) {
      const token = this.#nextNonSpace();
      if (token.kind === end) {
        this.#checkPipeline(commands, context);
        if (!isAssignment) this.#variables.push(...variables);
        return { at, variables, isAssignment, commands };
      }
      if (!STARTS_OPERAND.has(token.kind)) this.#unexpected(token, context);
      this.#at -= 1;
      commands.push(this.#command());
    }
  }

  /** `$x :=`, `$x =`, and `$i, $x :=` of a range. */
  #declaration(context: string): { variables: readonly string[]; isAssignment: boolean } {
    const from = this.#at;
    const first = this.#nextNonSpace();
    if (first.kind === 'variable') {
      const mark = this.#nextNonSpace();
      if (mark.kind === 'declare' || mark.kind === 'assign') {
        return { variables: [first.text], isAssignment: mark.kind === 'assign' };
      }
      if (mark.text === ',' && context !== 'range') this.#fail(`too many declarations in ${context}`);
      if (mark.text === ',') {
        const second = this.#nextNonSpace();
        if (second.kind === 'variable') {
          const both = this.#nextNonSpace();
          if (both.kind === 'declare' || both.kind === 'assign') {
            return { variables: [first.text, second.text], isAssignment: both.kind === 'assign' };
          }
        }
        this.#fail('range can only initialize variables');
      }
    }
    this.#at = from;
    return { variables: [], isAssignment: false };
  }

  #checkPipeline(commands: readonly Command[], context: string): void {
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    for (const [i, { operands }] of commands.entries()) {
      const [first] = operands;
      if (i > 0 && first && NOT_EXECUTABLE.has(first.kind)) {
        this.#fail(`non executable command in pipeline stage ${i + 1}`);
      }
    }
  }

  #command(): Command {
    const { at } = this.#peekNonSpace();
    const operands: Operand[] = [];
    while (true) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.#next();
      if (token.kind === 'space') continue;
      if (token.kind === 'pipe') break;
      if (token.kind === 'close' || token.kind === 'rightParen') {
        this.#at -= 1;
        break;
      }
      this.#unexpected(token, 'operand');
    }
    if (operands.length === 0) this.#fail('empty command');
    return { at, operands };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#peek().kind !== 'field') return term;
    const { at } = this.#peek();
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#next().text.slice(1));
    switch (term.kind) {
      case 'field':
        return { kind: 'field', path: [...term.path, ...path], at };
      case 'variable':
        return { ...term, path: [...term.path, ...path], at };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.#fail(`unexpected . after term ${JSON.stringify(this.#source.slice(term.at, at))}`);
      default:
        return { kind: 'chain', of: term, path, at };
    }
  }

  #term(): Operand | undefined {
    const { kind, text, at } = this.#nextNonSpace();
    switch (kind) {
      case 'name':
        if (!this.#functions.has(text)) this.#fail(`function ${JSON.stringify(text)} not defined`);
        return { kind, name: text, at };
      case 'dot':
      case 'nil':
        return { kind, at };
      case 'variable':
        this.#checkVariable(text);
        return { kind, name: text, path: [], at };
      case 'field':
        return { kind, path: [text.slice(1)], at };
      case 'bool':
        return { kind, value: text === 'true', at };
      case 'character':
        return {
          kind: 'number',
          value: unquoteCharacter(text) ?? this.#fail(`malformed character constant: ${text}`),
          isFloat: false,
          source: text,
          at,
        };
      case 'number':
        return {
          kind,
          value: parseNumber(text) ?? this.#fail(`illegal number syntax: ${JSON.stringify(text)}`),
          isFloat: isFloatText(text),
          source: text,
          at,
        };
      case 'string':
      case 'rawString':
        return { kind: 'string', value: unquoteString(text) ?? this.#fail('invalid syntax'), source: text, at };
      case 'leftParen':
        return {
          kind: 'pipeline',
          pipeline: this.#deeper(() => this.#pipeline('parenthesized pipeline', 'rightParen')),
          at,
        };
      default:
        this.#at -= 1;
        return undefined;
    }
  }

  /** One level further in; there is an end to that. */
  #deeper<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail('max expression depth exceeded');
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  #checkVariable(name: string): void {
    if (!this.#variables.includes(name)) this.#fail(`undefined variable ${JSON.stringify(name)}`);
  }

  #expectClose(context: string): void {
    const token = this.#nextNonSpace();
    if (token.kind !== 'close') this.#unexpected(token, context);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end of file', text: '', at: this.#source.length };
  }

  #peekNonSpace(): Token {
    while (this.#peek().kind === 'space') this.#at += 1;
    return this.#peek();
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind === 'error') this.#fail(token.text);
    this.#at += 1;
    return token;
  }

  #nextNonSpace(): Token {
    this.#peekNonSpace();
    return this.#next();
  }

  #unexpected(token: Token | undefined, context: string): never {
    if (token?.kind === 'error') return this.#fail(token.text);
    const shown = token?.kind === 'end of file' || !token ? 'EOF' : formatToken(token);
    return this.#fail(`unexpected ${shown} in ${context}`);
  }

  #fail(problem: string): never {
    const { at } = this.#tokens[Math.max(0, Math.min(this.#at, this.#tokens.length) - 1)] ?? { at: 0 };
    const line = this.#source.slice(0, at).split('\n').length;
    throw new TemplateSyntaxError(`template: ${this.#name}:${line}: ${problem}`);
  }
}

const STARTS_OPERAND: ReadonlySet<Token['kind']> = new Set([
  'bool',
  'character',
  'dot',
  'field',
  'leftParen',
  'name',
  'nil',
  'number',
  'rawString',
  'string',
  'variable',
]);
const NOT_EXECUTABLE: ReadonlySet<Operand['kind']> = new Set(['bool', 'dot', 'nil', 'number', 'string']);

function formatToken({ kind, text }: Token): string {
  if (kind === 'keyword' || kind === 'dot' || kind === 'nil') return `<${text}>`;
  const [...characters] = text;
  return characters.length > 10 ? `${JSON.stringify(characters.slice(0, 10).join(''))}...` : JSON.stringify(text);
}
