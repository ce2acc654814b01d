import { describe, expect, test } from 'vitest';
import { captureOutput } from '../testing/capture.ts';
import { layOutTree } from './tree-view.ts';

const manifest = (architecture: string, isUsed: boolean, isAvailable = true) => ({
  ID: `sha256:${architecture.padEnd(64, '0')}`,
  Kind: 'image',
  Available: isAvailable,
  Size: { Content: 1000, Total: 3000 },
  ImageData: { Platform: { os: 'linux', architecture }, Containers: isUsed ? ['c'] : [] },
});
const IMAGES = [
  { Id: `sha256:${'1'.repeat(64)}`, Created: 1, RepoTags: ['old:1'], Size: 10, Manifests: [] },
  {
    Id: `sha256:${'2'.repeat(64)}`,
    Created: 2,
    RepoTags: ['a:1', 'registry.example/longer:1'],
    Size: 6000,
    Manifests: [manifest('amd64', true), manifest('arm64', false, false)],
  },
];

function shown(columns: number): string[] {
  const out = captureOutput({ columns });
  layOutTree(out, IMAGES);
  return out.text
    .replace(/\x1b\[[\d;]*m/g, '')
    .split('\n')
    .slice(3)
    .map((line) => line.trimEnd());
}

describe('a tree of images', () => {
  test('has newest first, its longest names before, platforms below and who is in use marked', () => {
    expect(shown(100)).toEqual([
      'IMAGE                       ID             DISK USAGE   CONTENT SIZE   EXTRA',
      'registry.example/longer:1',
      'a:1                         222222222222          6kB            2kB    U',
      '├─ linux/amd64              amd640000000          3kB            1kB    U',
      '└─ linux/arm64              arm640000000          3kB            1kB',
      '',
      'old:1                       111111111111          10B             0B',
      '',
      '',
    ]);
  });

  test.each([
    [60, 'IMAGE               ID             DISK USAGE   CONTENT SIZE'],
    [40, 'IMAGE          ID             DISK USAGE'],
    [30, 'IMAGE             ID'],
    [10, 'IMAGE'],
  ])('of a terminal %i wide has the columns there is room for', (columns, heading) => {
    expect(shown(columns)[0]).toBe(heading);
  });

  test('cuts names that are wider than a terminal', () => {
    expect(shown(20)[1]).toBe('registry.example/lo…');
  });
});
