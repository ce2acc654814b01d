import { errorMessage, isJsonObject, type JsonObject, type JsonValue, packageVersion } from '../../core/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { explained, OBJECT_FORMAT } from '../list-format.ts';
import { compileTemplate } from '../template/template.ts';

const GIB = 1024 ** 3;

/** `info`: what the Engine tells of itself. */
export const info = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Display system-wide information',
  aliases: ['system info', 'info'],
  flags: { format: OBJECT_FORMAT },
  arguments: noArguments,
  parse: ({ format }) => ({ format }),
  async run({ format }, io) {
    let problem: unknown;
    const found = await withEngine(io, ({ engine }) => engine.info()).catch((thrown: unknown) => {
      problem = thrown;
      return undefined;
    });
    if (format === undefined || format === '') io.stdout.write(layOut(found));
    else printLine(io.stdout, fill(format, found ?? {}));
    if (problem !== undefined) throw new ExitError(1, errorMessage(problem), { cause: problem });
    return 0;
  },
});

function fill(format: string, found: JsonObject): string {
  return explained(() => compileTemplate(format === 'json' ? '{{json .}}' : format).fill(found));
}

function layOut(found: JsonObject | undefined): string {
  const client = [
    'Client:',
    ` Version:    ${packageVersion}`,
    ' Context:    default',
    ' Debug Mode: false',
    '',
    'Server:',
  ];
  return `${[...client, ...(found ? serverLines(found) : [])].join('\n')}\n`;
}

function serverLines(found: JsonObject): string[] {
  const show = (name: string): string => {
    const value = found[name];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
  const memory = typeof found.MemTotal === 'number' ? `${Number((found.MemTotal / GIB).toPrecision(4))}GiB` : '';
  return [
    ` Containers: ${show('Containers')}`,
    `  Running: ${show('ContainersRunning')}`,
    `  Paused: ${show('ContainersPaused')}`,
    `  Stopped: ${show('ContainersStopped')}`,
    ` Images: ${show('Images')}`,
    ` Server Version: ${show('ServerVersion')}`,
    ` Storage Driver: ${show('Driver')}`,
    ` Logging Driver: ${show('LoggingDriver')}`,
    ` Kernel Version: ${show('KernelVersion')}`,
    ` Operating System: ${show('OperatingSystem')}`,
    ` OSType: ${show('OSType')}`,
    ` Architecture: ${show('Architecture')}`,
    ` CPUs: ${show('NCPU')}`,
    ` Total Memory: ${memory}`,
    ` Name: ${show('Name')}`,
    ` ID: ${show('ID')}`,
    ` Docker Root Dir: ${show('DockerRootDir')}`,
    ` Experimental: ${show('ExperimentalBuild')}`,
    ' Insecure Registries:',
    ...insecureRegistries(found).map((name) => `  ${name}`),
    ` Live Restore Enabled: ${show('LiveRestoreEnabled')}`,
    '',
  ];
}

function insecureRegistries({ RegistryConfig: registries }: JsonObject): string[] {
  if (!isJsonObject(registries)) return [];
  const named = isJsonObject(registries.IndexConfigs) ? Object.values(registries.IndexConfigs) : [];
  const ranges: readonly JsonValue[] = Array.isArray(registries.InsecureRegistryCIDRs)
    ? registries.InsecureRegistryCIDRs
    : [];
  const names = named.flatMap((index) => (isJsonObject(index) && index.Secure === false ? [String(index.Name)] : []));
  return [...names, ...ranges.filter((range): range is string => typeof range === 'string')];
}
