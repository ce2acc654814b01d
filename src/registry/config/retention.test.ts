import { expect, test } from 'vitest';
import { parseConfig } from './parse-config.ts';

const parse = (retention: string) => {
  const text = `version: 0.1\nstorage:\n  inmemory:\n  maintenance:\n    retention: ${retention}\n`;
  return parseConfig({ path: 'c.yml', text }, {}, '/data');
};

test('reads which tags stay in which repositories', () => {
  const { value, warnings } = parse(
    "[{repositories: 'builds/*', keep: [{tags: 'v*'}, {tags: '*', newest: 10, pushedwithin: 720h}]}, {repositories: '*', deleteuntagged: false}]",
  );
  expect([value.retention, warnings]).toEqual([
    [
      {
        repositories: 'builds/*',
        keep: [{ tags: 'v*' }, { tags: '*', newest: 10, pushedWithinMs: 720 * 3_600_000 }],
      },
      { repositories: '*', deleteUntagged: false },
    ],
    [],
  ]);
});

test.each([
  { retention: '[{keep: []}]', problem: 'storage.maintenance.retention[0].repositories: must be given' },
  { retention: "[{repositories: '*', keep: [{newest: 3}]}]", problem: 'retention[0].keep[0].tags: must be given' },
  { retention: "[{repositories: '*', keep: [{tags: '*', newest: 0}]}]", problem: 'newest: want a whole number from 1' },
  {
    retention: "[{repositories: '*', keep: [{tags: '*', pushedwithin: soon}]}]",
    problem: 'pushedwithin: want a duration',
  },
  { retention: "'*'", problem: 'storage.maintenance.retention: want a list' },
])('refuses $retention', ({ retention, problem }) => {
  expect(() => parse(retention)).toThrow(problem);
});
