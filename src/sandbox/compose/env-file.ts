import { InterpolationError, interpolate, type Lookup } from './interpolate.ts';
import { failAt } from './tree.ts';

/** A variable of an env file without `=`: its value is the caller's own. */
const KEY = /^(?:export[ \t]+)?([\p{L}\p{N}_.\-[\]]*)[ \t]*/u;
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  $: '$$', // for the interpolation that follows
};
const MAX_BYTES = 1024 * 1024;

/**
 * Reads an env file (Compose Specification, "env_file", "Env_file format"): `NAME=value`, `NAME: value`, `export`, quotes, inline
 * comments, variables in unquoted and double-quoted values, from the file's own earlier lines after `lookup`. A name alone
 * takes `lookup`'s value, if there is one. `format` `raw` takes each line after `=` as it is.
 * @throws {ComposeFileError} with the line
 */
export function parseEnvFile(
  text: string,
  {
    file,
    lookup,
    format = 'dotenv',
  }: { readonly file: string; readonly lookup: Lookup; readonly format?: 'dotenv' | 'raw' },
): ReadonlyMap<string, string> {
  if (text.length > MAX_BYTES) failAt({ file, line: 1 }, `larger than ${MAX_BYTES} bytes`);
  return format === 'raw'
    ? parseRaw(text)
    : new EnvFile(text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'), file, lookup).parse();
}

function parseRaw(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes('=') && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

class EnvFile {
  readonly #text: string;
  readonly #file: string;
  readonly #lookup: Lookup;
  readonly #found = new Map<string, string>();
  #at = 0;

  constructor(text: string, file: string, lookup: Lookup) {
    this.#text = text;
    this.#file = file;
    this.#lookup = lookup;
  }

  parse(): ReadonlyMap<string, string> {
    for (;;) {
      this.#skip(/^(?:\s+|#[^\n]*)+/);
      if (this.#at >= this.#text.length) return this.#found;
      this.#variable();
    }
  }

  #variable(): void {
    const rest = this.#text.slice(this.#at);
    const [whole = '', name = ''] = KEY.exec(rest) ?? [];
    const after = rest[whole.length];
    if (after !== '=' && after !== ':' && after !== '\n' && after !== undefined) {
      const line = rest.split('\n', 1)[0] ?? '';
      this.#fail(
        `unexpected character ${JSON.stringify(after)} in variable name ${JSON.stringify(line.slice(0, 100))}`,
      );
    }
    this.#at += whole.length + 1;
    if (after === '\n' || after === undefined) {
      const value = this.#lookup(name);
      if (value !== undefined) this.#found.set(name, value);
      return;
    }
    this.#skip(/^[ \t\v\f]+/);
    this.#found.set(name, this.#value());
  }

  #value(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") {
      const line = this.#text.slice(this.#at).split('\n', 1)[0] ?? '';
      this.#at += line.length;
      return this.#expand(line.split(' #', 1)[0]?.trimEnd() ?? '');
    }
    const end = new RegExp(`^${quote}((?:[^${quote}\\\\]|\\\\[^])*)${quote}`).exec(this.#text.slice(this.#at));
    if (!end) this.#fail('unterminated quoted value');
    const inside = end?.[1] ?? '';
    this.#at += end?.[0].length ?? 0;
    this.#skip(/^[^\n]*/); // a comment
    if (quote === "'") return inside.replaceAll("\\'", "'");
    return this.#expand(inside.replaceAll(/\\(?:0(\d{0,3})|([abfnrtv"$\\]))/g, unescaped));
  }

  #expand(text: string): string {
    try {
      const lookup: Lookup = (name) => this.#lookup(name) ?? this.#found.get(name);
      return interpolate(text, { lookup, onUnset: () => undefined });
    } catch (thrown) {
      if (thrown instanceof InterpolationError) this.#fail(thrown.message);
      throw thrown;
    }
  }

  #skip(pattern: RegExp): void {
    this.#at += pattern.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
  }

  #fail(message: string): never {
    return failAt({ file: this.#file, line: this.#text.slice(0, this.#at).split('\n').length }, message);
  }
}

function unescaped(_: string, octal: string | undefined, letter: string | undefined): string {
  return octal === undefined
    ? (ESCAPES[letter ?? ''] ?? '')
    : String.fromCharCode(Number.parseInt(octal || '0', 8) & 0xff);
}
