import { type EngineClient, EngineResponseError } from '../../engine/client/index.ts';
import { atLeast, type Command, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { explained, OBJECT_FORMAT } from '../list-format.ts';
import { indentJson } from '../template/go-json.ts';
import { compileTemplate } from '../template/template.ts';

const INDENT = '    ';

type Find = (engine: EngineClient, name: string) => Promise<string>;

/** Kinds of things that `inspect` asks for, in docker's order. */
const KINDS: ReadonlyMap<string, Find> = new Map<string, Find>([
  ['container', (engine, name) => engine.connection.text({ method: 'GET', path: `/containers/${name}/json` })],
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
  parse: ({ format, type }, names) => ({ names, format, type }),
  async run({ names, format, type = '' }, io) {
    const kinds = type === '' ? [...KINDS.values()] : [KINDS.get(type)].filter((find) => find !== undefined);
    if (kinds.length === 0) throw new ExitError(1, `${JSON.stringify(type)} is not a valid value for --type`);
    return inspectAll(io, names, format, (engine, name) => findAnywhere(kinds, engine, name, type));
  },
});

/** `image inspect`: images in full. */
export const imageInspect: Command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags: { format: OBJECT_FORMAT },
  arguments: atLeast(1),
  parse: ({ format }, names) => ({ names, format }),
  run: ({ names, format }, io) => inspectAll(io, names, format, (engine, name) => engine.inspectImage(name)),
});

async function findAnywhere(kinds: readonly Find[], engine: EngineClient, name: string, type: string): Promise<string> {
  for (const find of kinds) {
    try {
      return await find(engine, name);
    } catch (thrown) {
      if (!(thrown instanceof EngineResponseError && (thrown.status === 404 || thrown.status === 501))) throw thrown;
    }
  }
  throw new ExitError(1, type === '' ? `Error: No such object: ${name}` : `Error: No such ${type}: ${name}`);
}

/** Prints what is found, then says what is not: the status is 1 if anything is missing. */
async function inspectAll(io: Io, names: readonly string[], format: string | undefined, find: Find): Promise<number> {
  const found: string[] = [];
  const problems: string[] = [];
  await withEngine(io, async ({ engine }) => {
    for (const name of names) {
      try {
        found.push((await find(engine, name)).trim());
      } catch (thrown) {
        if (!(thrown instanceof EngineResponseError || thrown instanceof ExitError)) throw thrown;
        problems.push(thrown.message);
      }
    }
  });
  io.stdout.write(format === undefined || format === '' ? asArray(found) : byFormat(found, format));
  if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
  return 0;
}

/** The Engine's own JSON, laid out; numbers and order stay as it gave them. */
function asArray(found: readonly string[]): string {
  return found.length === 0 ? '[]\n' : `${indentJson(`[${found.join(',')}]`, INDENT)}\n`;
}

function byFormat(found: readonly string[], format: string): string {
  const source = format === 'json' ? '{{json .}}' : format;
  return explained(() => {
    const template = compileTemplate(source, (name) => `map has no entry for key ${JSON.stringify(name)}`);
    const texts = found.map((text) => `${template.fill(JSON.parse(text))}\n`);
    return texts.length === 0 ? '\n' : texts.join('');
  });
}
