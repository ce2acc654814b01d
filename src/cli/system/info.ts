import { errorMessage, type JsonObject } from '../../core/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { compileObjectFormat } from '../object-format.ts';
import { findSurroundings } from '../surroundings.ts';
import { goStruct, goValue } from '../template/go-type.ts';
import { GoStruct, type Value } from '../template/go-values.ts';
import type { Template } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { dockerInfo } from '../template/types/info.ts';
import { clientVersionJson } from './client-version.ts';
import { clientLines, serverLines } from './info-lines.ts';

interface Asked {
  readonly client: Readonly<Record<string, unknown>>;
  readonly server: JsonObject | undefined;
  readonly userName: string;
  readonly error?: unknown;
}

/** `info`: what the Engine tells of itself. */
export const info = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Display system-wide information',
  aliases: ['system info', 'info'],
  flags: { format: OBJECT_FORMAT },
  arguments: noArguments,
  parse: ({ format = '' }) => ({ format }),
  async run({ format }, io) {
    const template = format === '' ? undefined : compileObjectFormat(format);
    const client = await clientInfo(io);
    const ofClient = template && fillWithClient(template, format, client);
    if (ofClient !== undefined) {
      printLine(io.stdout, ofClient);
      return 0;
    }
    const asked = await ask(io, client);
    if (template) printFilled(io, template, asked);
    else printText(io, asked);
    if (asked.error !== undefined) throw new ExitError(1, errorMessage(asked.error), { cause: asked.error });
    return 0;
  },
});

async function clientInfo(io: Io): Promise<Readonly<Record<string, unknown>>> {
  const { context } = await findSurroundings(io);
  return { Debug: io.global?.isDebug ?? false, ...clientVersionJson(context.name), Plugins: [] };
}

/** A template that asks for nothing but the client needs no Engine; undefined where it does. */
function fillWithClient(
  template: Template,
  format: string,
  client: Readonly<Record<string, unknown>>,
): string | undefined {
  if (!/\.[a-zA-Z]/.test(format)) return undefined;
  const whole = goValue(dockerInfo, { ClientInfo: client }) as GoStruct;
  const fields = new Map<string, Value>(['ClientInfo', 'ClientErrors'].map((name) => [name, whole.get(name)]));
  try {
    return template.fill(new GoStruct('system.sparseInfo', fields));
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    return undefined;
  }
}

async function ask(io: Io, client: Asked['client']): Promise<Asked> {
  let isThere = false;
  let userName = '';
  try {
    return await withEngine(io, async ({ engine, config }) => {
      isThere = true;
      const { findCredentials, HUB_SERVER } = await import('../credentials.ts');
      userName = (await findCredentials(config, HUB_SERVER).catch(() => undefined))?.username ?? '';
      return { client, server: await engine.info(), userName };
    });
  } catch (error) {
    if (!isThere) throw error;
    return { client, server: undefined, userName, error };
  }
}

function printFilled(io: Io, template: Template, { client, server = {}, error }: Asked): void {
  const failures = error === undefined ? {} : { ServerErrors: [errorMessage(error)] };
  try {
    printLine(io.stdout, template.fill(goStruct(dockerInfo, { ...server, ...failures, ClientInfo: client })));
  } catch (thrown) {
    if (thrown instanceof TemplateError) printLine(io.stdout, thrown.partial);
    if (error === undefined) throw thrown;
  }
}

function printText({ stdout, stderr, global }: Io, { client, server, userName }: Asked): void {
  const isDebug = global?.isDebug ?? false;
  const lines = server ? [...serverLines(server, { userName, isDebug }), ''] : [];
  stdout.write(`${[...clientLines(client), '', 'Server:', ...lines].join('\n')}\n`);
  const warnings = Array.isArray(server?.Warnings) ? server.Warnings : [];
  for (const warning of warnings) printLine(stderr, String(warning));
}
