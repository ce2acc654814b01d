import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { containerClient } from './container-client.ts';

/** `container port`, and `port`: where a container's ports are to be found on the host. */
export const port = defineCommand({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  aliases: ['container port', 'port'],
  flags: {},
  arguments: { min: 1, max: 2 },
  parse: (_, [name = '', wanted]) => ({ name, wanted }),
  async run({ name, wanted }, io) {
    const container = await withEngine(io, ({ engine }) => containerClient(engine, name).inspect());
    const { NetworkSettings: settings } = container;
    const ports = isJsonObject(settings) && isJsonObject(settings.Ports) ? settings.Ports : {};
    const lines = wanted === undefined ? allLines(ports) : linesOf(ports, wanted, name);
    for (const line of lines) printLine(io.stdout, line);
    return 0;
  },
});

function allLines(ports: JsonObject): string[] {
  return Object.entries(ports)
    .flatMap(([inner, places]) => placesOf(places).map((place) => `${inner} -> ${place}`))
    .sort();
}

function linesOf(ports: JsonObject, wanted: string, name: string): string[] {
  const [number = '', protocol = 'tcp'] = wanted.split('/');
  const value = Number(number);
  if (!/^\d+$/.test(number)) throw invalid(number, 'invalid syntax');
  if (value > 65_535) throw invalid(number, 'value out of range');
  const places = placesOf(ports[`${value}/${protocol}`]);
  if (places.length === 0) throw new ExitError(1, `Error: No public port '${wanted}' published for ${name}`);
  return places.sort();
}

function invalid(number: string, problem: string): ExitError {
  return new ExitError(
    1,
    `Error: invalid port (${number}): strconv.ParseUint: parsing ${JSON.stringify(number)}: ${problem}`,
  );
}

function placesOf(value: JsonValue | undefined): string[] {
  const places: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return places.filter(isJsonObject).map(({ HostIp: address, HostPort: port }) => {
    const host = String(address ?? '');
    return `${host.includes(':') ? `[${host}]` : host}:${String(port ?? '')}`;
  });
}
