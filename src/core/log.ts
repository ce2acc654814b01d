/** Facts of a logged event. No secrets: what is logged may be read by others. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes events with fields. Programs inject one; `silentLog` is for those that have none. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const nothing = (): void => undefined;
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
