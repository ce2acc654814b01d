import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';

type Defaults = readonly (readonly [name: string, value: JsonValue | undefined])[];

/** Members of a container's config in docker's order; those without a value appear only where they are set. */
const CONTAINER_CONFIG: Defaults = [
  ['Hostname', ''],
  ['Domainname', ''],
  ['User', ''],
  ['AttachStdin', false],
  ['AttachStdout', false],
  ['AttachStderr', false],
  ['ExposedPorts', undefined],
  ['Tty', false],
  ['OpenStdin', false],
  ['StdinOnce', false],
  ['Env', null],
  ['Cmd', null],
  ['Healthcheck', undefined],
  ['ArgsEscaped', undefined],
  ['Image', ''],
  ['Volumes', null],
  ['WorkingDir', ''],
  ['Entrypoint', null],
  ['OnBuild', null],
  ['Labels', null],
  ['StopSignal', undefined],
  ['StopTimeout', undefined],
  ['Shell', undefined],
];
/** What an image's config has since API 1.50: only what is set. */
const IMAGE_CONFIG = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'OnBuild',
  'Shell',
] as const;

/** A container's config with docker's defaults filled in, as inspection shows it before API 1.50. */
export function fullContainerConfig(value: JsonValue | undefined): JsonObject {
  const given = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    CONTAINER_CONFIG.flatMap(([name, fallback]) => {
      const found = given[name] ?? fallback;
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

/** A config without what is not set, as inspection shows it since API 1.50. */
export function imageConfigOf(value: JsonValue | undefined): JsonObject {
  const given = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    IMAGE_CONFIG.flatMap((name) => {
      const found = given[name];
      return found === undefined || isEmpty(found) ? [] : [[name, found]];
    }),
  );
}

function isEmpty(value: JsonValue): boolean {
  return (
    value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
