import { type Environment, overlayEnvironment } from './environment.ts';
import { lowerCaseNames, overlayNamedVariables } from './named-variables.ts';
import { parseYaml } from './parse-yaml.ts';
import { ConfigurationError, formatProblem } from './problem.ts';
import { type Findings, Section } from './section.ts';
import type { SettingMap } from './setting.ts';

/** A file of settings: its text, and what to call it in messages. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

export interface SettingsSource {
  /** None: the environment and the defaults alone. */
  readonly file?: SettingsFile | undefined;
  readonly environment: Environment;
  /** What the names of variables begin with: `REGISTRY_`. */
  readonly prefix: string;
  /** Variables that begin so and are something else. */
  readonly except?: readonly string[];
  /**
   * Full names of all settings, in lower case, where names have underscores of their own: a variable then stands for one of
   * these and for nothing else, and names in the file are read without regard to case. See `overlayNamedVariables`.
   */
  readonly keys?: readonly string[];
}

/** What was made of settings, and what about them has no effect, a line each. */
export interface ReadSettings<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/** Reads settings by `read`, which asks the section at the top for what it knows. @throws {ConfigurationError} all that is wrong */
export function readSettings<T>(source: SettingsSource, read: (top: Section) => T): ReadSettings<T> {
  const { file } = source;
  const findings: Findings = { problems: [], warnings: [] };
  const parsed = parseYaml(file?.text ?? '');
  const top = new Section(overlay(parsed.settings, source, findings), findings);
  if (parsed.problems.length > 0) throw new ConfigurationError(file?.path, parsed.problems);
  const value = read(top);
  top.finish();
  if (findings.problems.length > 0) throw new ConfigurationError(file?.path, findings.problems);
  return { value, warnings: findings.warnings.map((warning) => formatProblem(warning, file?.path)) };
}

function overlay(settings: SettingMap, source: SettingsSource, findings: Findings): SettingMap {
  const { environment, prefix, except = [], keys } = source;
  if (!keys) return overlayEnvironment(settings, { prefix, environment, except });
  const named = overlayNamedVariables(lowerCaseNames(settings), { prefix, environment, keys });
  findings.warnings.push(...named.unknown);
  return named.settings;
}
