import { type EngineClient, EngineResponseError } from '../../engine/client/index.ts';
import { atLeast, type Command, defineCommand, ExitError } from '../command.ts';
import { type Inspected, inspectObjects } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { containerInspection } from '../template/types/container.ts';
import { imageInspection } from '../template/types/image.ts';
import { networkInspection } from '../template/types/network.ts';
import { volumeInspection } from '../template/types/volume.ts';

type Find = (engine: EngineClient, name: string, hasSize: boolean) => Promise<Inspected>;

/** Kinds of things that `inspect` asks for, in docker's order. */
const KINDS: ReadonlyMap<string, Find> = new Map<string, Find>([
  [
    'container',
    async ({ connection }, name, hasSize) => {
      const query = { size: hasSize ? '1' : undefined };
      const text = await connection.text({ method: 'GET', path: `/containers/${name}/json`, query });
      return { text, type: containerInspection };
    },
  ],
  ['image', async (engine, name) => ({ text: await engine.inspectImage(name), type: imageInspection })],
  ['network', async (engine, name) => ({ text: await get(engine, `/networks/${name}`), type: networkInspection })],
  ['volume', async (engine, name) => ({ text: await get(engine, `/volumes/${name}`), type: volumeInspection })],
  ['plugin', async (engine, name) => ({ text: await get(engine, `/plugins/${name}/json`) })],
]);

function get({ connection }: EngineClient, path: string): Promise<string> {
  return connection.text({ method: 'GET', path });
}

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
    const find = type === '' ? findAnywhere : KINDS.get(type);
    if (!find) {
      const known = [...KINDS.keys()].sort().map((kind) => JSON.stringify(kind));
      throw new ExitError(1, `unknown type: ${JSON.stringify(type)}: must be one of ${known.join(', ')}`);
    }
    return inspectObjects(io, names, format, (engine, name) => find(engine, name, size));
  },
});

/** The first kind of thing that goes by the name. */
async function findAnywhere(engine: EngineClient, name: string, hasSize: boolean): Promise<Inspected> {
  for (const find of KINDS.values()) {
    try {
      return await find(engine, name, hasSize);
    } catch (thrown) {
      if (!(thrown instanceof EngineResponseError && (thrown.status === 404 || thrown.status === 501))) throw thrown;
    }
  }
  throw new ExitError(1, `Error: No such object: ${name}`);
}
