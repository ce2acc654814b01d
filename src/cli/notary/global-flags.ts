import type { FlagSpecs, Flags } from '../flags.ts';

/** Flags of every command, before or after its name. */
export const GLOBAL_FLAGS = {
  configFile: { kind: 'string', short: 'c', help: 'Configuration file, instead of config.json in ~/.notary' },
  debug: { kind: 'boolean', short: 'D', help: 'Log everything' },
  server: { kind: 'string', short: 's', help: 'URL of the trust server' },
  tlscacert: { kind: 'string', help: 'Authority that alone vouches for the trust server (PEM file)' },
  tlscert: { kind: 'string', help: 'Certificate to show to the trust server (PEM file)' },
  tlskey: { kind: 'string', help: 'Private key of that certificate (PEM file)' },
  trustDir: { kind: 'string', short: 'd', help: 'Folder of keys and trust data, instead of ~/.notary' },
  verbose: { kind: 'boolean', short: 'v', help: 'Log more' },
} as const satisfies FlagSpecs;

export type GlobalFlags = Flags<typeof GLOBAL_FLAGS>;

/** Flags that several commands have. */
export const PUBLISH_FLAG = {
  kind: 'boolean',
  short: 'p',
  help: 'Publish at once, with whatever else is staged',
} as const;

export const rolesFlag = (help: string) => ({ kind: 'list', short: 'r', value: 'strings', help }) as const;

export const CUSTOM_FLAG = {
  kind: 'string',
  help: 'JSON file to sign as custom data of the target',
} as const;

/** Values of a flag that may be repeated and may hold several, separated by commas. Undefined when it was not given. */
export function splitList(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.flatMap((value) => (value === '' ? [] : value.split(',')));
}
