import { TemplateError } from './template-error.ts';
import { type Token, tokenize, type Word } from './tokens.ts';

/** A parsed template (Go 1.24, text/template): what docker's `--format` takes. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with';
      readonly pipeline: Pipeline;
      readonly then: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly kind: 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

/** Commands joined by `|`; `assigns` names the variables that take the result, which is then not printed. */
export interface Pipeline {
  readonly assigns: readonly string[];
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand = Exclude<Word, { kind: 'mark' }> | { readonly kind: 'group'; readonly pipeline: Pipeline };

/** @throws {TemplateError} */
export function parseTemplate(source: string): readonly Node[] {
  const parser = new Parser(tokenize(source));
  const nodes = parser.nodes();
  parser.expectEnd();
  return nodes;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Up to the `else` or `end` that belongs to somebody further out. */
  nodes(): Node[] {
    const nodes: Node[] = [];
    for (let token = this.#tokens[this.#at]; token; token = this.#tokens[this.#at]) {
      if (token.kind === 'action' && ['else', 'end'].includes(keyword(token.words))) break;
      this.#at += 1;
      nodes.push(token.kind === 'text' ? token : this.#action(token.words));
    }
    return nodes;
  }

  expectEnd(): void {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'action') throw new TemplateError(`unexpected {{${keyword(token.words)}}}`);
  }

  #action(words: readonly Word[]): Node {
    const word = keyword(words);
    if (word === 'if' || word === 'with' || word === 'range') return this.#block(word, words.slice(1));
    if (words.length === 0) throw new TemplateError('missing value for command');
    return { kind: 'print', pipeline: parsePipeline(words) };
  }

  #block(kind: 'if' | 'with' | 'range', words: readonly Word[]): Node {
    if (words.length === 0) throw new TemplateError(`missing value for ${kind}`);
    const pipeline = parsePipeline(words);
    const then = this.nodes();
    const otherwise = this.#otherwise(kind);
    return kind === 'range' ? { kind, pipeline, body: then, otherwise } : { kind, pipeline, then, otherwise };
  }

  #otherwise(kind: string): Node[] {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind !== 'action') throw new TemplateError(`unexpected EOF: {{${kind}}} has no {{end}}`);
    if (keyword(token.words) === 'end') return [];
    const rest = token.words.slice(1);
    if (rest.length > 0) return [this.#action(rest)]; // {{else if …}} shares its {{end}}
    const nodes = this.nodes();
    const end = this.#tokens[this.#at];
    this.#at += 1;
    if (end?.kind !== 'action' || keyword(end.words) !== 'end') {
      throw new TemplateError(`unexpected EOF: {{${kind}}} has no {{end}}`);
    }
    return nodes;
  }
}

function keyword(words: readonly Word[]): string {
  const [first] = words;
  return first?.kind === 'name' ? first.text : '';
}

function parsePipeline(words: readonly Word[]): Pipeline {
  const { assigns, rest } = splitAssignment(words);
  const commands: Operand[][] = [[]];
  for (let at = 0; at < rest.length; ) {
    const word = rest[at] as Word;
    if (word.kind !== 'mark') {
      commands.at(-1)?.push(word);
      at += 1;
    } else if (word.text === '|') {
      commands.push([]);
      at += 1;
    } else if (word.text === '(') {
      const end = closing(rest, at);
      commands.at(-1)?.push({ kind: 'group', pipeline: parsePipeline(rest.slice(at + 1, end)) });
      at = end + 1;
    } else throw new TemplateError(`unexpected ${JSON.stringify(word.text)} in command`);
  }
  if (commands.some((command) => command.length === 0)) throw new TemplateError('missing value for command');
  return { assigns, commands };
}

function splitAssignment(words: readonly Word[]): { assigns: string[]; rest: readonly Word[] } {
  const at = words.findIndex((word) => word.kind === 'mark' && (word.text === ':=' || word.text === '='));
  if (at < 0) return { assigns: [], rest: words };
  const assigns = words.slice(0, at).flatMap((word) => (word.kind === 'variable' ? [word.name] : []));
  return { assigns, rest: words.slice(at + 1) };
}

function closing(words: readonly Word[], from: number): number {
  let depth = 0;
  for (let at = from; at < words.length; at += 1) {
    const word = words[at];
    if (word?.kind !== 'mark') continue;
    if (word.text === '(') depth += 1;
    if (word.text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new TemplateError('unclosed left paren');
}
