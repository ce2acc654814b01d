import { parseRegistriesConfig, type RegistriesConfig } from '../../engine/index.ts';

const FLAG = /--(insecure-registry|registry-mirror)(?:=|\s+)([^\s'"&|;]+)/g;

/**
 * What a client's command tells dockerd of registries: `--insecure-registry` and `--registry-mirror`, also inside `sh -c '…'`, as the page
 * has it. The rest of the command is what the sandbox does by itself.
 * @throws {RegistriesConfigError} a value that dockerd would not take
 */
export function commandRegistries(command: readonly string[]): RegistriesConfig {
  const found = [...command.join(' ').matchAll(FLAG)].map(([, flag, value = '']) => [flag, value] as const);
  const valuesOf = (wanted: string): string[] => found.flatMap(([flag, value]) => (flag === wanted ? [value] : []));
  return parseRegistriesConfig(
    JSON.stringify({
      'registry-mirrors': valuesOf('registry-mirror'),
      'insecure-registries': valuesOf('insecure-registry'),
    }),
  );
}
