import { errorMessage, isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { OBJECT_FORMAT } from '../format-flags.ts';
import { printLine } from '../io.ts';

import { TemplateError } from '../template/template-error.ts';
import { CLIENT_API_VERSION, clientVersionJson } from './client-version.ts';

interface Versions {
  readonly Client: Readonly<Record<string, string>>;
  readonly Server: JsonObject | null;
}

/** `version`: ours, and the Engine's. `--client` asks no Engine, and loads nothing that could. */
export const version = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Show the Docker version information',
  flags: {
    client: { kind: 'boolean', help: 'Show the version of the client alone, without asking a daemon' },
    format: OBJECT_FORMAT,
  },
  arguments: noArguments,
  parse: ({ client = false, format = '' }) => ({ isClientOnly: client, format }),
  async run({ isClientOnly, format }, io) {
    const template = format === '' ? undefined : await compile(format);
    let problem: unknown;
    const asked = isClientOnly ? undefined : await import('./ask-version.ts');
    const { context, apiVersion, server, error } = (await asked?.askVersion(io)) ?? { context: 'default' };
    problem = error;
    const versions: Versions = {
      Client: clientVersionJson(context, apiVersion ?? CLIENT_API_VERSION),
      Server: server ?? null,
    };
    if (!template) io.stdout.write(layOut(versions));
    else {
      try {
        printLine(io.stdout, template(versions));
      } catch (thrown) {
        if (!(thrown instanceof TemplateError)) throw thrown;
        printLine(io.stdout, thrown.partial);
        problem ??= thrown;
      }
    }
    if (problem !== undefined) throw new ExitError(1, errorMessage(problem), { cause: problem });
    return 0;
  },
});

async function compile(format: string): Promise<(versions: Versions) => string> {
  const [{ compileObjectFormat }, { goValue }, { versionInfo }] = await Promise.all([
    import('../object-format.ts'),
    import('../template/go-type.ts'),
    import('../template/types/version.ts'),
  ]);
  const template = compileObjectFormat(format, 'version');
  return ({ Client, Server }) =>
    template.fill(goValue(versionInfo, { Client, Server: Server && withReadableDates(Server) }));
}

/** docker shows the dates in components as C does: `Thu May  7 21:09:36 2026`. */
function withReadableDates(server: JsonObject): JsonObject {
  return { ...server, ...(Array.isArray(server.Components) && { Components: componentsOf(server) }) };
}

function componentsOf({ Components: components }: JsonObject): JsonObject[] {
  const all: readonly JsonValue[] = Array.isArray(components) ? components : [];
  return all.filter(isJsonObject).map((component) => {
    const { Details: details } = component;
    if (!isJsonObject(details) || typeof details.BuildTime !== 'string') return component;
    return { ...component, Details: { ...details, BuildTime: readableDate(details.BuildTime) } };
  });
}

function readableDate(text: string): string {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(date.getTime())) return text;
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

function layOut({ Client: client, Server: server }: Versions): string {
  const isOlder = client.ApiVersion !== CLIENT_API_VERSION;
  const lines = [
    'Client: trustsandbox',
    ` Version:           ${client.Version}`,
    ` API version:       ${client.ApiVersion}${isOlder ? ` (downgraded from ${CLIENT_API_VERSION})` : ''}`,
    ` Node version:      ${process.version}`,
    ` OS/Arch:           ${client.Os}/${client.Arch}`,
    ` Context:           ${client.Context}`,
  ];
  if (server) lines.push('', ...serverLines(server));
  return `${lines.join('\n')}\n`;
}

function serverLines(server: JsonObject): string[] {
  const platform = isJsonObject(server.Platform) ? text(server.Platform.Name) : '';
  return [
    `Server:${platform === '' ? '' : ` ${platform}`}`,
    ...componentsOf(server).flatMap((component) => {
      const details = isJsonObject(component.Details) ? component.Details : {};
      const lines = component.Name === 'Engine' ? engineLines(details) : detailLines(details);
      return [` ${text(component.Name)}:`, line('Version', component.Version), ...lines];
    }),
  ];
}

function engineLines(details: JsonObject): string[] {
  return [
    line('API version', `${text(details.ApiVersion)} (minimum version ${text(details.MinAPIVersion)})`),
    line('Go version', details.GoVersion),
    line('Git commit', details.GitCommit),
    line('Built', details.BuildTime),
    line('OS/Arch', `${text(details.Os)}/${text(details.Arch)}`),
    line('Experimental', details.Experimental),
  ];
}

function detailLines(details: JsonObject): string[] {
  const names = Object.keys(details).sort();
  return names.map((name) => line(name, details[name]));
}

function line(name: string, value: JsonValue | undefined): string {
  return `  ${`${name}:`.padEnd(18)}${text(value)}`;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
