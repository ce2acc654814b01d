import { expandWord } from './expand.ts';
import { DockerfileError, type DockerfileSource, type Instruction, readInstructions } from './instructions.ts';

/** An image that a build takes something from. */
export interface DockerfileImage {
  readonly line: number;
  /** `FROM`, `COPY` (`--from`), `RUN` (`--mount=…,from=`), or the `syntax` that reads the file. */
  readonly use: 'FROM' | 'COPY' | 'RUN' | 'syntax';
  /** As written, variables replaced. */
  readonly image: string;
  /** Name of the stage, where it has one. */
  readonly stage: string | undefined;
  readonly platform: string | undefined;
}

/** Known in FROM without ARG; what they are depends on who builds. */
const PLATFORM_ARGUMENTS = /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/**
 * The images that a Dockerfile is built from, in the order of their lines: those of every FROM but for earlier stages and
 * `scratch`, and those that COPY and RUN mounts take files from. `buildArguments` are those of `--build-arg`.
 * @throws {DockerfileError} what it is built from cannot be told
 */
export function listDockerfileImages(
  text: string,
  buildArguments: ReadonlyMap<string, string> = new Map(),
): readonly DockerfileImage[] {
  const source = readInstructions(text);
  const reader = new ImageReader(source, buildArguments);
  for (const instruction of source.instructions) reader.read(instruction);
  if (reader.stages === 0) throw new DockerfileError(1, 'no build stage');
  return reader.found;
}

class ImageReader {
  readonly found: DockerfileImage[] = [];
  stages = 0;
  readonly #names = new Set<string>();
  /** What ARG before the first FROM makes known to every FROM. */
  readonly #variables = new Map<string, string>();
  readonly #buildArguments: ReadonlyMap<string, string>;
  readonly #escapeToken: string;

  constructor({ syntax, escapeToken }: DockerfileSource, buildArguments: ReadonlyMap<string, string>) {
    this.#escapeToken = escapeToken;
    this.#buildArguments = buildArguments;
    for (const [name, value] of buildArguments) if (PLATFORM_ARGUMENTS.test(name)) this.#variables.set(name, value);
    if (syntax) this.#add({ ...syntax, use: 'syntax', stage: undefined, platform: undefined });
  }

  read(instruction: Instruction): void {
    const { keyword, rest, line } = instruction;
    if (keyword === 'FROM') this.#readFrom(instruction);
    else if (this.stages === 0 && keyword === 'ARG') this.#readArguments(instruction);
    else if (this.stages === 0) throw new DockerfileError(line, `${keyword} before the first FROM`);
    else if (keyword === 'ONBUILD') this.#readOnbuild(instruction);
    else if (keyword === 'COPY') for (const from of flagValues(rest, 'from')) this.#readSource(line, 'COPY', from);
    else if (keyword === 'RUN') for (const mount of flagValues(rest, 'mount')) this.#readMount(line, mount);
  }

  #readOnbuild({ line, rest }: Instruction): void {
    const [, word = '', more = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
    const keyword = word.toUpperCase();
    if (keyword === 'COPY' || keyword === 'RUN') this.read({ line, keyword, rest: more });
  }

  #readFrom({ line, rest }: Instruction): void {
    const words = splitWords(rest);
    const flags = words.filter((word) => word.startsWith('--'));
    const [image = '', as, name, ...more] = words.filter((word) => !word.startsWith('--'));
    const isNamed = as !== undefined;
    if (more.length > 0 || (isNamed && (as.toLowerCase() !== 'as' || name === undefined))) {
      throw new DockerfileError(line, 'FROM requires either one or three arguments');
    }
    const platform = flags.map((flag) => /^--platform=(.*)$/.exec(flag)?.[1]);
    if (platform.includes(undefined)) throw new DockerfileError(line, `unknown flag: ${flags.join(' ')}`);
    this.#refuseUnknownPlatform(image, line);
    const expanded = this.#expand(image, line);
    if (expanded === '') throw new DockerfileError(line, `base name (${image}) should not be blank`);
    this.stages += 1;
    const isEarlierStage = this.#names.has(expanded.toLowerCase());
    if (name !== undefined) this.#names.add(name.toLowerCase());
    if (isEarlierStage || expanded === 'scratch') return;
    this.#add({ line, use: 'FROM', image: expanded, stage: name, platform: this.#platform(platform[0], line) });
  }

  #refuseUnknownPlatform(image: string, line: number): void {
    const names = [...image.matchAll(/\$\{?([A-Z]+)/g)].map(([, name = '']) => name);
    const unknown = names.find((name) => PLATFORM_ARGUMENTS.test(name) && !this.#variables.has(name));
    if (unknown === undefined) return;
    throw new DockerfileError(line, `${image} depends on who builds: give --build-arg ${unknown}=…`);
  }

  #platform(text: string | undefined, line: number): string | undefined {
    return text === undefined ? undefined : this.#expand(text, line) || text;
  }

  #readArguments({ line, rest }: Instruction): void {
    for (const word of splitWords(rest)) {
      const [, name = '', equals, value = ''] = /^([^=]*)(=?)(.*)$/s.exec(word) ?? [];
      const given = this.#buildArguments.get(name);
      if (given !== undefined) this.#variables.set(name, given);
      else if (equals) this.#variables.set(name, this.#expand(value, line));
    }
  }

  #readMount(line: number, mount: string): void {
    const from = mount.split(',').find((part) => part.startsWith('from='));
    if (from !== undefined) this.#readSource(line, 'RUN', from.slice('from='.length));
  }

  /** An earlier stage by name or number, or an image. No variables here (Dockerfile reference, "COPY --from"). */
  #readSource(line: number, use: 'COPY' | 'RUN', from: string): void {
    const isStage = this.#names.has(from.toLowerCase()) || (/^\d+$/.test(from) && Number(from) < this.stages);
    if (isStage || from === 'scratch' || from === '') return;
    if (from.includes('$')) throw new DockerfileError(line, `--from=${from}: variables are not replaced here`);
    this.#add({ line, use, image: from, stage: undefined, platform: undefined });
  }

  #expand(word: string, line: number): string {
    const expanded = expandWord(word, this.#variables, this.#escapeToken);
    if (typeof expanded !== 'string') throw new DockerfileError(line, expanded.problem);
    return expanded;
  }

  #add(image: DockerfileImage): void {
    this.found.push(image);
  }
}

/** Words apart by blanks, quoted ones and `${…}` whole. */
function splitWords(text: string): readonly string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|\$\{[^}]*\}|[^\s"'])+/g) ?? [];
}

/** Values of a flag in front of an instruction's arguments. */
function flagValues(rest: string, name: string): readonly string[] {
  const values: string[] = [];
  for (const word of rest.split(/\s+/)) {
    if (!word.startsWith('--')) break;
    if (word.startsWith(`--${name}=`)) values.push(word.slice(name.length + 3).replace(/^(["'])(.*)\1$/, '$2'));
  }
  return values;
}
