import { DEFAULT_SETTINGS, type SandboxSettings } from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';

/** TRUSTSANDBOX_RETRY_SECOND_MS makes the Engine's countdown between tries shorter, for demonstrations. */
export function readSettings({ env }: Io): SandboxSettings {
  const text = env.TRUSTSANDBOX_RETRY_SECOND_MS;
  if (text === undefined) return DEFAULT_SETTINGS;
  const retrySecondMs = Number(text);
  if (!Number.isInteger(retrySecondMs) || retrySecondMs < 1 || retrySecondMs > 60_000) {
    throw new ExitError(1, `TRUSTSANDBOX_RETRY_SECOND_MS=${text}: want milliseconds, 1 to 60000`);
  }
  return { ...DEFAULT_SETTINGS, retrySecondMs };
}
