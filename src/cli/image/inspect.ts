import { type EngineClient, EngineResponseError } from '../../engine/client/index.ts';
import { atLeast, type Command, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { explained, OBJECT_FORMAT } from '../list-format.ts';
import { indentJson } from '../template/go-json.ts';
import { compileTemplate } from '../template/template.ts';

const INDENT = '    ';

/** Asks an Engine for one thing; the Engine's own text. */
export type Find = (engine: EngineClient, name: string, hasSize: boolean) => Promise<string>;

/** Kinds of things that `inspect` asks for, in docker's order. */
const KINDS: ReadonlyMap<string, Find> = new Map<string, Find>([
  [
    'container',
    (engine, name, hasSize) => {
      const query = { size: hasSize ? '1' : undefined };
      return engine.connection.text({ method: 'GET', path: `/containers/${name}/json`, query });
    },
  ],
  ['image', (engine, name) => engine.inspectImage(name)],
  ['network', (engine, name) => engine.connection.text({ method: 'GET', path: `/networks/${name}` })],
  ['volume', (engine, name) => engine.connection.text({ method: 'GET', path: `/volumes/${name}` })],
  ['plugin', (engine, name) => engine.connection.text({ method: 'GET', path: `/plugins/${name}/json` })],
]);

/** `inspect`: whatever goes by a name, in full. */
export const inspect: Command = defineCommand({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Return low-level information on Docker objects',
  flags: {
    format: OBJECT_FORMAT,
    size: { kind: 'boolean', short: 's', help: 'Display total file sizes if the type is container' },
    type: { kind: 'string', help: 'Only inspect objects of the given type' },
  },
  arguments: atLeast(1),
  parse: ({ format, size = false, type }, names) => ({ names, format, size, type }),
  run({ names, format, size, type = '' }, io) {
    if (type === '') return inspectAll(io, names, format, findAnywhere, size);
    const find = KINDS.get(type);
    if (!find) {
      const known = [...KINDS.keys()].sort().map((kind) => JSON.stringify(kind));
      throw new ExitError(1, `unknown type: ${JSON.stringify(type)}: must be one of ${known.join(', ')}`);
    }
    return inspectAll(io, names, format, find, size);
  },
});

/** `image inspect`: images in full. */
export const imageInspect: Command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags: {
    format: OBJECT_FORMAT,
    platform: {
      kind: 'string',
      help: "Inspect a specific platform of the multi-platform image.\nIf the image or the server is not multi-platform capable, the command will error out if the platform does not match.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
    },
  },
  arguments: atLeast(1),
  parse: ({ format, platform }, names) => ({ names, format, platform }),
  run: ({ names, format, platform }, io) =>
    inspectAll(io, names, format, async (engine, name) => {
      if (name === '') throw new ExitError(1, 'Error: No such image: ');
      return engine.inspectImage(name, { platform });
    }),
});

/** The first kind of thing that goes by the name. */
async function findAnywhere(engine: EngineClient, name: string, hasSize: boolean): Promise<string> {
  for (const find of KINDS.values()) {
    try {
      return await find(engine, name, hasSize);
    } catch (thrown) {
      if (!(thrown instanceof EngineResponseError && (thrown.status === 404 || thrown.status === 501))) throw thrown;
    }
  }
  throw new ExitError(1, `Error: No such object: ${name}`);
}

/** Prints what is found, then says what is not: the status is 1 if anything is missing. */
export async function inspectAll(
  io: Io,
  names: readonly string[],
  format: string | undefined,
  find: Find,
  hasSize = false,
): Promise<number> {
  const found: string[] = [];
  const problems: string[] = [];
  await withEngine(io, async ({ engine }) => {
    for (const name of names) {
      try {
        found.push((await find(engine, name, hasSize)).trim());
      } catch (thrown) {
        if (!(thrown instanceof EngineResponseError || thrown instanceof ExitError)) throw thrown;
        problems.push(thrown.message);
      }
    }
  });
  if (format === undefined || format === '') io.stdout.write(asArray(found));
  else if (format === 'json') printLine(io.stdout, `[${found.join(',')}]`);
  else printFilled(io, found, format);
  if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
  return 0;
}

/** The Engine's own JSON, laid out; numbers and order stay as it gave them. */
function asArray(found: readonly string[]): string {
  return found.length === 0 ? '[]\n' : `${indentJson(`[${found.join(',')}]`, INDENT)}\n`;
}

/** A line for each; docker prints an empty one where a template does not fit. */
function printFilled({ stdout }: Io, found: readonly string[], format: string): void {
  const template = explained(() =>
    compileTemplate(format, (name) => `map has no entry for key ${JSON.stringify(name)}`),
  );
  try {
    const texts = found.map((text) => explained(() => template.fill(JSON.parse(text))));
    stdout.write(texts.length === 0 ? '\n' : texts.map((text) => `${text}\n`).join(''));
  } catch (thrown) {
    printLine(stdout);
    throw thrown;
  }
}
