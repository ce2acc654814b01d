import { TrustSandboxError } from '../../core/index.ts';

/** A Dockerfile that cannot be read as one, so that nobody can say which images it is built from. */
export class DockerfileError extends TrustSandboxError {
  readonly code = 'DOCKERFILE_INVALID';
  readonly line: number;
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
  }
}

/** One instruction, its lines joined. */
export interface Instruction {
  /** Of its first line, from 1. */
  readonly line: number;
  /** Upper case. */
  readonly keyword: string;
  readonly rest: string;
}

export interface DockerfileSource {
  readonly instructions: readonly Instruction[];
  /** The image that the `syntax` directive has the file read by. */
  readonly syntax: { readonly line: number; readonly image: string } | undefined;
  /** What joins lines and takes the meaning from `$`. */
  readonly escapeToken: '\\' | '`';
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const INSTRUCTION = /^\s*([a-zA-Z]+)(?:\s+(.*))?$/s;
/** Instructions that may carry files written out below them. */
const WITH_HEREDOCS: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);
/** `<<EOF`, `<<-"EOF"`, `3<<EOF`, as a word of its own; not `<<<`. */
const HEREDOC = /(?:^|\s)\d*<<(-?)(?:"([^"<\s]+)"|'([^'<\s]+)'|([^\s"'<]+))(?=\s|$)/g;

/**
 * Splits a Dockerfile into instructions: directives at the top, comments, joined lines, heredocs (Dockerfile reference,
 * "Format", "Parser directives", "Here-Documents").
 * @throws {DockerfileError}
 */
export function readInstructions(text: string): DockerfileSource {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const { directives, count } = readDirectives(lines);
  const escapeToken = directives.get('escape')?.value ?? '\\';
  if (escapeToken !== '\\' && escapeToken !== '`') {
    throw new DockerfileError(1, `invalid escape token '${escapeToken}'`);
  }
  const syntax = directives.get('syntax');
  const instructions: Instruction[] = [];
  for (let at = count; at < lines.length; ) {
    const line = at + 1;
    const joined = joinLines(lines, at, escapeToken);
    at = joined.next;
    if (joined.text.trim() === '') continue;
    const [, word = '', rest = ''] = INSTRUCTION.exec(joined.text) ?? [];
    if (word === '') throw new DockerfileError(line, 'no instruction');
    const instruction = { line, keyword: word.toUpperCase(), rest: rest.trim() };
    instructions.push(instruction);
    at = skipHeredocs(lines, at, instruction);
  }
  return {
    instructions,
    syntax: syntax && { line: syntax.line, image: syntax.value.split(/\s/)[0] ?? '' },
    escapeToken,
  };
}

/** Directives stand before anything else, a blank line too, and each but once. */
function readDirectives(lines: readonly string[]) {
  const directives = new Map<string, { readonly line: number; readonly value: string }>();
  let count = 0;
  if (lines[0]?.startsWith('#!')) count = 1;
  for (; count < lines.length; count += 1) {
    const [, name = '', value = ''] = DIRECTIVE.exec(lines[count] ?? '') ?? [];
    const key = name.toLowerCase();
    if (!['syntax', 'escape', 'check'].includes(key) || directives.has(key)) break;
    directives.set(key, { line: count + 1, value });
  }
  return { directives, count };
}

const isComment = (line: string): boolean => /^\s*#/.test(line);

/** A line and those it goes on in; comments and empty lines in between are no end. */
function joinLines(lines: readonly string[], from: number, escapeToken: string): { text: string; next: number } {
  let text = '';
  let next = from;
  for (let isOpen = false; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (isComment(line)) {
      if (isOpen) continue;
      return { text: '', next: next + 1 };
    }
    if (isOpen && line.trim() === '') continue;
    const body = line.replace(/[ \t]+$/, '');
    isOpen = body.endsWith(escapeToken);
    text += isOpen ? body.slice(0, -1) : line;
    if (!isOpen) return { text, next: next + 1 };
  }
  return { text, next };
}

function skipHeredocs(lines: readonly string[], from: number, { line, keyword, rest }: Instruction): number {
  const wanted = keyword === 'ONBUILD' ? (rest.split(/\s/)[0] ?? '').toUpperCase() : keyword;
  if (!WITH_HEREDOCS.has(wanted)) return from;
  let at = from;
  for (const [, dash, double, single, bare] of rest.matchAll(HEREDOC)) {
    const name = double ?? single ?? bare ?? '';
    while (at < lines.length && (dash ? (lines[at] ?? '').replace(/^\t+/, '') : lines[at]) !== name) at += 1;
    if (at === lines.length) throw new DockerfileError(line, `unterminated heredoc ${name}`);
    at += 1;
  }
  return at;
}
