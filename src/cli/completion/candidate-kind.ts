import type { FlagSpec } from '../flags.ts';

/** What a word may be. */
export type CandidateKind =
  | 'containers'
  | 'contexts'
  | 'files'
  | 'images'
  | 'networks'
  | 'nothing'
  | 'objects'
  | 'servers'
  | 'volumes'
  | readonly string[];

const BY_ARGUMENT: readonly (readonly [RegExp, CandidateKind])[] = [
  [/\bCONTAINER\b/, 'containers'],
  [/\bNAME\|ID\b/, 'objects'],
  [/\bVOLUME\b/, 'volumes'],
  [/\bNETWORK\b/, 'networks'],
  [/\bCONTEXT\b/, 'contexts'],
  [/\bSERVER\b/, 'servers'],
  [/\bFILE\b|\bPATH\b|\bCOMMAND\b|\bARG\b|file\|URL/, 'files'],
  [/IMAGE|NAME\[:TAG|REPOSITORY/, 'images'],
];

/** What the argument at that place is, as the usage line tells: `[OPTIONS] CONTAINER COMMAND [ARG...]`. */
export function argumentKind(usage: string, at: number, path: readonly string[]): CandidateKind {
  const places = usage.split(' ').filter((word) => word !== '' && word !== '[OPTIONS]');
  const last = places.at(-1);
  const place = places[at] ?? (last?.includes('...') ? last : undefined);
  if (place === undefined) return 'nothing';
  if (place === 'CONTEXT' && path.at(-1) === 'create') return 'nothing';
  return BY_ARGUMENT.find(([pattern]) => pattern.test(place))?.[1] ?? 'nothing';
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
const PLATFORMS = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/386', 'linux/ppc64le', 'linux/s390x'] as const;
const TYPES = ['container', 'image', 'network', 'plugin', 'volume'] as const;

const BY_FLAG = new Map<string, CandidateKind>([
  ['config', 'files'],
  ['context', 'contexts'],
  ['file', 'files'],
  ['format', ['json', 'table']],
  ['from', 'contexts'],
  ['input', 'files'],
  ['log-level', LEVELS],
  ['output', 'files'],
  ['platform', PLATFORMS],
  ['tlscacert', 'files'],
  ['tlscert', 'files'],
  ['tlskey', 'files'],
  ['type', TYPES],
]);

/** What a flag's value is. */
export function flagKind(name: string, spec: FlagSpec): CandidateKind {
  return BY_FLAG.get(name) ?? (/file|path/i.test(spec.value ?? '') ? 'files' : 'nothing');
}
