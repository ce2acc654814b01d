import type { Token } from './lexer.ts';
import { isFloatText, parseNumber, unquoteCharacter, unquoteString } from './literals.ts';
import type { Branch, Command, Node, Operand, Pipeline } from './nodes.ts';
import { TokenReader } from './token-reader.ts';

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
  readonly #functions: { has(name: string): boolean };
  readonly #tokens: TokenReader;
  readonly #defined = new Map<string, readonly Node[]>();
  #variables: string[] = ['$'];
  #rangeDepth = 0;
  #depth = 0;

  constructor(source: string, name: string, functions: { has(name: string): boolean }) {
    this.#functions = functions;
    this.#tokens = new TokenReader(source, name);
  }

  whole(): ParsedTemplate {
    const { nodes, ending } = this.#list();
    if (ending.kind !== 'eof') this.#tokens.fail(`unexpected {{${ending.kind}}}`);
    return { nodes, defined: this.#defined };
  }

  /** Nodes up to the `else` or `end` that belongs to somebody further out. */
  #list(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    while (true) {
      const token = this.#tokens.next();
      if (token.kind === 'end of file') return { nodes, ending: { kind: 'eof' } };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const keyword = this.#tokens.nextNonSpace();
      if (keyword.kind !== 'keyword') {
        this.#tokens.back();
        const pipeline = this.#pipeline('command', 'close');
        nodes.push({ kind: 'action', pipeline });
        continue;
      }
      if (keyword.text === 'end') {
        this.#tokens.expectClose('end');
        return { nodes, ending: { kind: 'end' } };
      }
      if (keyword.text === 'else') return { nodes, ending: this.#else() };
      const node = this.#action(keyword);
      if (node) nodes.push(node);
    }
  }

  /** `{{else}}`, or `{{else if …}}` and `{{else with …}}`, which go on like a new `if`. */
  #else(): Ending {
    const next = this.#tokens.peekNonSpace();
    if (next.kind === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      return { kind: 'else', rest: next.text };
    }
    this.#tokens.expectClose('else');
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
        if (this.#tokens.nextNonSpace().kind !== 'close') this.#tokens.unexpected(this.#tokens.last(), `{{${text}}}`);
        if (this.#rangeDepth === 0) this.#tokens.fail(`{{${text}}} outside {{range}}`);
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
    if (ending.kind === 'eof') this.#tokens.fail('unexpected EOF');
    this.#variables = this.#variables.slice(0, before);
    return { kind, pipeline, body, otherwise };
  }

  #otherwise(kind: Branch['kind'], { rest }: Ending): readonly Node[] {
    if (rest !== undefined) {
      if (rest !== kind) this.#tokens.unexpected(this.#tokens.peekNonSpace(), 'input');
      this.#tokens.nextNonSpace();
      return [this.#deeper(() => this.#branch(rest))]; // shares its {{end}}
    }
    const { nodes, ending } = this.#list();
    if (ending.kind === 'eof') this.#tokens.fail('unexpected EOF');
    if (ending.kind !== 'end') this.#tokens.fail('expected end; found {{else}}');
    return nodes;
  }

  #template(at: number): Node {
    const token = this.#tokens.nextNonSpace();
    const name = this.#nameOfTemplate(token, 'template clause');
    if (this.#tokens.peekNonSpace().kind === 'close') {
      this.#tokens.nextNonSpace();
      return { kind: 'template', name, at: token.at, pipeline: undefined };
    }
    void at;
    return { kind: 'template', name, at: token.at, pipeline: this.#pipeline('template clause', 'close') };
  }

  #define(): void {
    const name = this.#nameOfTemplate(this.#tokens.nextNonSpace(), 'define clause');
    this.#tokens.expectClose('define clause');
    this.#defineBody(name, 'define clause');
  }

  #block(_at: number): Node {
    const token = this.#tokens.nextNonSpace();
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
      this.#tokens.fail(ending.kind === 'eof' ? 'unexpected EOF' : `unexpected {{else}} in ${context}`);
    this.#variables = outer;
    this.#defined.set(name, nodes);
  }

  #nameOfTemplate(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'rawString') this.#tokens.unexpected(token, context);
    return unquoteString(token.text) ?? this.#tokens.fail('invalid syntax');
  }

  #pipeline(context: string, end: 'close' | 'rightParen'): Pipeline {
    const { at } = this.#tokens.peekNonSpace();
    const { variables, isAssignment } = this.#declaration(context);
    const commands: Command[] = [];
    while (true) {
      const token = this.#tokens.nextNonSpace();
      if (token.kind === end) {
        this.#checkPipeline(commands, context);
        if (!isAssignment) this.#variables.push(...variables);
        return { at, variables, isAssignment, commands };
      }
      if (!STARTS_OPERAND.has(token.kind)) this.#tokens.unexpected(token, context);
      this.#tokens.back();
      commands.push(this.#command());
    }
  }

  /** `$x :=`, `$x =`, and `$i, $x :=` of a range. */
  #declaration(context: string): { variables: readonly string[]; isAssignment: boolean } {
    const from = this.#tokens.mark();
    const first = this.#tokens.nextNonSpace();
    if (first.kind === 'variable') {
      const mark = this.#tokens.nextNonSpace();
      if (mark.kind === 'declare' || mark.kind === 'assign') {
        return { variables: [first.text], isAssignment: mark.kind === 'assign' };
      }
      if (mark.text === ',' && context !== 'range') this.#tokens.fail(`too many declarations in ${context}`);
      if (mark.text === ',') {
        const second = this.#tokens.nextNonSpace();
        if (second.kind === 'variable') {
          const both = this.#tokens.nextNonSpace();
          if (both.kind === 'declare' || both.kind === 'assign') {
            return { variables: [first.text, second.text], isAssignment: both.kind === 'assign' };
          }
        }
        this.#tokens.fail('range can only initialize variables');
      }
    }
    this.#tokens.reset(from);
    return { variables: [], isAssignment: false };
  }

  #checkPipeline(commands: readonly Command[], context: string): void {
    if (commands.length === 0) this.#tokens.fail(`missing value for ${context}`);
    for (const [i, { operands }] of commands.entries()) {
      const [first] = operands;
      if (i > 0 && first && NOT_EXECUTABLE.has(first.kind)) {
        this.#tokens.fail(`non executable command in pipeline stage ${i + 1}`);
      }
    }
  }

  #command(): Command {
    const { at } = this.#tokens.peekNonSpace();
    const operands: Operand[] = [];
    while (true) {
      this.#tokens.peekNonSpace();
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.#tokens.next();
      if (token.kind === 'space') continue;
      if (token.kind === 'pipe') break;
      if (token.kind === 'close' || token.kind === 'rightParen') {
        this.#tokens.back();
        break;
      }
      this.#tokens.unexpected(token, 'operand');
    }
    if (operands.length === 0) this.#tokens.fail('empty command');
    return { at, operands };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#tokens.peek().kind !== 'field') return term;
    const { at } = this.#tokens.peek();
    const path: string[] = [];
    while (this.#tokens.peek().kind === 'field') path.push(this.#tokens.next().text.slice(1));
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
        return this.#tokens.fail(`unexpected . after term ${JSON.stringify(this.#tokens.text(term.at, at))}`);
      default:
        return { kind: 'chain', of: term, path, at };
    }
  }

  #term(): Operand | undefined {
    const { kind, text, at } = this.#tokens.nextNonSpace();
    switch (kind) {
      case 'name':
        if (!this.#functions.has(text)) this.#tokens.fail(`function ${JSON.stringify(text)} not defined`);
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
          value: unquoteCharacter(text) ?? this.#tokens.fail(`malformed character constant: ${text}`),
          isFloat: false,
          source: text,
          at,
        };
      case 'number':
        return {
          kind,
          value: parseNumber(text) ?? this.#tokens.fail(`illegal number syntax: ${JSON.stringify(text)}`),
          isFloat: isFloatText(text),
          source: text,
          at,
        };
      case 'string':
      case 'rawString':
        return { kind: 'string', value: unquoteString(text) ?? this.#tokens.fail('invalid syntax'), source: text, at };
      case 'leftParen':
        return {
          kind: 'pipeline',
          pipeline: this.#deeper(() => this.#pipeline('parenthesized pipeline', 'rightParen')),
          at,
        };
      default:
        this.#tokens.back();
        return undefined;
    }
  }

  /** One level further in; there is an end to that. */
  #deeper<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#tokens.fail('max expression depth exceeded');
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  #checkVariable(name: string): void {
    if (!this.#variables.includes(name)) this.#tokens.fail(`undefined variable ${JSON.stringify(name)}`);
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
