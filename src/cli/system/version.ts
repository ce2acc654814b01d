import { errorMessage, isJsonObject, type JsonObject, type JsonValue, packageVersion } from '../../core/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { explained, OBJECT_FORMAT } from '../list-format.ts';
import { compileTemplate } from '../template/template.ts';

const API_VERSION = '1.50';

interface Versions {
  readonly Client: Readonly<Record<string, string>>;
  readonly Server: JsonObject | null;
}

/** `version`: ours, and the Engine's. */
export const version = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Show the Docker version information',
  flags: { format: OBJECT_FORMAT },
  arguments: noArguments,
  parse: ({ format }) => ({ format }),
  async run({ format }, io) {
    let problem: unknown;
    const found = await withEngine(io, async ({ engine }) => {
      const { apiVersion } = await engine.connection.ping();
      return { server: await engine.version(), apiVersion };
    }).catch((thrown: unknown) => {
      problem = thrown;
      return undefined;
    });
    const versions: Versions = { Client: clientOf(found?.apiVersion ?? API_VERSION), Server: found?.server ?? null };
    if (format === undefined || format === '') io.stdout.write(layOut(versions));
    else printLine(io.stdout, fill(format, versions));
    if (problem !== undefined) throw new ExitError(1, errorMessage(problem), { cause: problem });
    return 0;
  },
});

function clientOf(apiVersion: string): Readonly<Record<string, string>> {
  return {
    Version: packageVersion,
    ApiVersion: apiVersion,
    DefaultAPIVersion: API_VERSION,
    GitCommit: '',
    GoVersion: `none (Node.js ${process.version})`,
    Os: process.platform,
    Arch: process.arch === 'x64' ? 'amd64' : process.arch,
    BuildTime: '',
    Context: 'default',
  };
}

function fill(format: string, versions: Versions): string {
  return explained(() => compileTemplate(format === 'json' ? '{{json .}}' : format).fill(versions));
}

function layOut({ Client: client, Server: server }: Versions): string {
  const lines = [
    'Client: trustsandbox',
    ` Version:           ${client.Version}`,
    ` API version:       ${client.ApiVersion}${client.ApiVersion === API_VERSION ? '' : ` (downgraded from ${API_VERSION})`}`,
    ` Node version:      ${process.version}`,
    ` OS/Arch:           ${client.Os}/${client.Arch}`,
    ` Context:           ${client.Context}`,
  ];
  if (server) lines.push('', ...serverLines(server));
  return `${lines.join('\n')}\n`;
}

function serverLines(server: JsonObject): string[] {
  const platform = isJsonObject(server.Platform) ? text(server.Platform.Name) : '';
  const components: readonly JsonValue[] = Array.isArray(server.Components) ? server.Components : [];
  return [
    `Server:${platform === '' ? '' : ` ${platform}`}`,
    ...components.filter(isJsonObject).flatMap((component) => {
      const details = isJsonObject(component.Details) ? component.Details : {};
      const api = details.ApiVersion
        ? [`  API version:      ${text(details.ApiVersion)} (minimum version ${text(details.MinAPIVersion)})`]
        : [];
      const place = details.Os ? [`  OS/Arch:          ${text(details.Os)}/${text(details.Arch)}`] : [];
      return [` ${text(component.Name)}:`, `  Version:          ${text(component.Version)}`, ...api, ...place];
    }),
  ];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
