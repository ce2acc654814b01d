import { describe, expect, test } from 'vitest';
import type { LogConfig } from '../../registry/index.ts';
import { captureOutput } from '../testing/capture.ts';
import { openServerLog } from './server-log.ts';

const clock = { now: () => new Date('2026-11-24T08:00:00Z') };
const CONFIG: LogConfig = { level: 'info', formatter: undefined, fields: {}, hasAccessLog: true };

function lineOf(config: Partial<LogConfig>, fields: Record<string, unknown>, columns?: number): string {
  const output = captureOutput(columns === undefined ? {} : { columns });
  openServerLog({ ...CONFIG, ...config }, output, clock).info('it happened', fields);
  return output.text;
}

describe('a line of the log', () => {
  test.each<{
    what: string;
    config: Partial<LogConfig>;
    fields: Record<string, unknown>;
    columns?: number;
    line: string;
  }>([
    {
      what: 'JSON where there is no terminal',
      config: {},
      fields: { a: 1, b: 'x y', gone: undefined },
      line: '{"time":"2026-11-24T08:00:00.000Z","level":"info","msg":"it happened","a":1,"b":"x y"}\n',
    },
    {
      what: 'text in a terminal',
      config: {},
      fields: { a: 1, b: 'x y', path: '/v2/a' },
      columns: 80,
      line: 'time=2026-11-24T08:00:00.000Z level=info msg="it happened" a=1 b="x y" path=/v2/a\n',
    },
    {
      what: 'what the file says, wherever',
      config: { formatter: 'logstash', fields: { service: 'r' } },
      fields: {},
      columns: 80,
      line: '{"@timestamp":"2026-11-24T08:00:00.000Z","@version":1,"level":"info","message":"it happened","service":"r"}\n',
    },
    { what: 'none below its level', config: { level: 'warn' }, fields: {}, line: '' },
    {
      what: 'one, whatever it is told',
      config: { formatter: 'text' },
      fields: { evil: 'a\nlevel=error msg=forged' },
      line: 'time=2026-11-24T08:00:00.000Z level=info msg="it happened" evil="a\\nlevel=error msg=forged"\n',
    },
  ])('is $what', ({ config, fields, columns, line }) => {
    expect(lineOf(config, fields, columns)).toBe(line);
  });

  test('shows where an error came from', () => {
    expect(lineOf({}, { error: new Error('boom') })).toMatch(/"error":"Error: boom\\n {4}at /);
  });
});
