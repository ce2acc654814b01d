/**
 * What docker printed, with everything left out that differs from run to run: ids, digests, sizes, ages, and when
 * progress bars were drawn. What stays: every line of text in its order, and for each layer the states it went through.
 */
export interface NormalOutput {
  readonly lines: readonly string[];
  /** States of each layer, by the order in which layers appear. */
  readonly layers: readonly (readonly string[])[];
}

const PROGRESS = /\n?\x1b\[(\d+)A\x1b\[2K\r([^\r]*)\r\x1b\[\1B/g;
/** Drawn or not as timing has it. */
const TRANSIENT = /^(Downloading|Extracting|Pushing|Waiting)/;

const SUBSTITUTIONS: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST'],
  [/\b[0-9a-f]{64}\b/g, 'HEX'],
  [/\b[0-9a-f]{12}\b/g, 'ID'],
  [/\bID [0-9a-f]{7}\b/g, 'ID KEY'],
  [/\bsize: \d+/g, 'size: N'],
  [/\b\d+(\.\d+)?[kMG]?B\b/g, 'SIZE'],
  [/\b(About )?\w+ (second|minute|hour|day|week|month|year)s? ago/g, 'AGE'],
  [/\b[A-Z][a-z]{2} +\d+ \d\d:\d\d/g, 'DATE'],
  [/^(-rw-r--r-- 1) \S+ \S+ /gm, '$1 USER GROUP '],
  [/ {3,}/g, '   '],
];

/** Of a terminal: progress is drawn in place. */
export function normalTerminal(text: string): NormalOutput {
  const layers = new Map<string, string[]>();
  const rest = text.replaceAll('\r\n', '\n').replace(PROGRESS, (_, _up: string, line: string) => {
    addState(layers, line.trimEnd());
    return '';
  });
  return { lines: normalLines(rest), layers: [...layers.values()] };
}

/** Of a pipe: progress is lines. */
export function normalPlain(text: string): NormalOutput {
  const layers = new Map<string, string[]>();
  const rest = text.split('\n').filter((line) => !/^[0-9a-f]{12}: /.test(line) || !addState(layers, line));
  return { lines: normalLines(rest.join('\n')), layers: [...layers.values()] };
}

function addState(layers: Map<string, string[]>, line: string): true {
  const [id = '', state = ''] = line.split(/: (.*)/);
  const states = layers.get(id) ?? [];
  layers.set(id, states);
  if (!TRANSIENT.test(state) && states.at(-1) !== state) states.push(state);
  return true;
}

function normalLines(text: string): string[] {
  const normal = SUBSTITUTIONS.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), text);
  return normal
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}
