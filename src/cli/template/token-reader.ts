import { lex, type Token } from './lexer.ts';
import { TemplateSyntaxError } from './template-error.ts';

/** The tokens of a template one after the other, and Go's words for one that should not be there. */
export class TokenReader {
  readonly #source: string;
  readonly #name: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, name: string) {
    this.#source = source;
    this.#name = name;
    this.#tokens = lex(source);
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end of file', text: '', at: this.#source.length };
  }

  peekNonSpace(): Token {
    while (this.peek().kind === 'space') this.#at += 1;
    return this.peek();
  }

  /** @throws {TemplateSyntaxError} the text is none here */
  next(): Token {
    const token = this.peek();
    if (token.kind === 'error') this.fail(token.text);
    this.#at += 1;
    return token;
  }

  nextNonSpace(): Token {
    this.peekNonSpace();
    return this.next();
  }

  /** The one that was read last. */
  last(): Token | undefined {
    return this.#tokens[this.#at - 1];
  }

  /** Gives the last one back. */
  back(): void {
    this.#at -= 1;
  }

  /** Where it is, to come back to by `reset`. */
  mark(): number {
    return this.#at;
  }

  reset(mark: number): void {
    this.#at = mark;
  }

  /** The template's own text between two places. */
  text(from: number, to: number): string {
    return this.#source.slice(from, to);
  }

  /** Steps over the end of an action. @throws {TemplateSyntaxError} something else comes */
  expectClose(context: string): void {
    const token = this.nextNonSpace();
    if (token.kind !== 'close') this.unexpected(token, context);
  }

  unexpected(token: Token | undefined, context: string): never {
    if (token?.kind === 'error') return this.fail(token.text);
    const shown = token?.kind === 'end of file' || !token ? 'EOF' : formatToken(token);
    return this.fail(`unexpected ${shown} in ${context}`);
  }

  /** @throws {TemplateSyntaxError} with the line of the last token that was read */
  fail(problem: string): never {
    const { at } = this.#tokens[Math.max(0, Math.min(this.#at, this.#tokens.length) - 1)] ?? { at: 0 };
    const line = this.#source.slice(0, at).split('\n').length;
    throw new TemplateSyntaxError(`template: ${this.#name}:${line}: ${problem}`);
  }
}

function formatToken({ kind, text }: Token): string {
  if (kind === 'keyword' || kind === 'dot' || kind === 'nil') return `<${text}>`;
  const [...characters] = text;
  return characters.length > 10 ? `${JSON.stringify(characters.slice(0, 10).join(''))}...` : JSON.stringify(text);
}
