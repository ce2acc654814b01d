export { parseDuration } from './duration.ts';
export type { Environment } from './environment.ts';
export { ConfigurationError, type SettingProblem } from './problem.ts';
export { type ReadSettings, readSettings, type SettingsFile, type SettingsSource } from './read-settings.ts';
export type { Section } from './section.ts';
