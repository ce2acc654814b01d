import { TrustSandboxError } from '../core/index.ts';
import type { Origin } from './setting.ts';

/** Something about one setting: wrong, unknown, or without effect. */
export interface SettingProblem {
  /** Full name, `http.tls.key`; empty for the file as a whole. */
  readonly name: string;
  readonly message: string;
  readonly origin: Origin | undefined;
}

/** A configuration that cannot be worked with. `problems` are all there are, not only the first. */
export class ConfigurationError extends TrustSandboxError {
  readonly code = 'CONFIGURATION_INVALID';
  readonly problems: readonly SettingProblem[];
  constructor(file: string | undefined, problems: readonly SettingProblem[]) {
    super(problems.map((problem) => formatProblem(problem, file)).join('\n'));
    this.problems = problems;
  }
}

/** `config.yml:12: http.addr: …`, or the variable's name in place of file and line. */
export function formatProblem({ name, message, origin }: SettingProblem, file: string | undefined): string {
  const place = origin?.kind === 'variable' ? origin.name : placeInFile(file, origin?.line);
  return [place, name, message].filter((part) => part !== undefined && part !== '').join(': ');
}

function placeInFile(file: string | undefined, line: number | undefined): string | undefined {
  return file !== undefined && line !== undefined ? `${file}:${line}` : file;
}
