import { UsageError } from './command.ts';

/** How a report is to be printed. @throws {UsageError} */
export function parseFormat(text = 'text'): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new UsageError(`--format: want text or json, found ${JSON.stringify(text)}`);
}
