import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Bench, openBench } from './peers/registry-client.ts';

const SBOM = 'application/vnd.example.sbom';

async function withArtifact(bench: Bench): Promise<string> {
  await writeFile(bench.workspace.at('file.txt'), 'what it says\n');
  const options = ['--plain-http', '--artifact-type', 'application/vnd.example.thing'];
  await bench.ok('oras', 'push', ...options, bench.at('oras/thing:v1'), 'file.txt:text/plain');
  return bench.at('oras/thing:v1');
}

async function typesOfReferrers(bench: Bench, name: string, ...options: readonly string[]): Promise<string[]> {
  const text = await bench.ok('oras', 'discover', '--plain-http', '--format', 'json', ...options, name);
  return JSON.parse(text).referrers.map(({ artifactType }: { artifactType: string }) => artifactType);
}

describe('oras', () => {
  test('pushes an artifact, copies it with its referrers, pulls and deletes it', async () => {
    await using bench = await openBench('127.71.6.2');
    const thing = await withArtifact(bench);
    await bench.ok('oras', 'attach', '--plain-http', '--artifact-type', SBOM, thing, 'file.txt:text/plain');
    const copy = bench.at('oras/copy:v1');
    await bench.ok('oras', 'copy', '-r', '--from-plain-http', '--to-plain-http', thing, copy);
    expect(await typesOfReferrers(bench, copy)).toEqual([SBOM]);
    await bench.ok('oras', 'pull', '--plain-http', '-o', 'pulled', copy);
    expect(await bench.ok('cat', bench.workspace.at('pulled/file.txt'))).toBe('what it says');
    expect(await bench.ok('oras', 'repo', 'ls', '--plain-http', bench.at('').slice(0, -1))).toBe(
      'oras/copy\noras/thing',
    );
    expect(await bench.ok('oras', 'repo', 'tags', '--plain-http', bench.at('oras/thing'))).toBe('v1');
    await bench.ok('oras', 'manifest', 'delete', '--plain-http', '-f', copy);
    expect((await bench.run('oras', 'manifest', 'fetch', '--plain-http', copy)).status).toBe(1);
    await bench.ok('oras', 'manifest', 'fetch', '--plain-http', thing);
  });

  test('finds referrers by the API, filtered there, and by the tag schema', async () => {
    await using bench = await openBench('127.71.6.2');
    const thing = await withArtifact(bench);
    const attach = (type: string, ...options: readonly string[]): Promise<string> =>
      bench.ok('oras', 'attach', '--plain-http', ...options, '--artifact-type', type, thing, 'file.txt:text/plain');
    await attach(SBOM);
    await attach('application/vnd.example.other');
    await attach('application/vnd.example.tagged', '--distribution-spec', 'v1.1-referrers-tag');
    expect((await typesOfReferrers(bench, thing)).sort()).toEqual([
      'application/vnd.example.other',
      SBOM,
      'application/vnd.example.tagged',
    ]);
    expect(await typesOfReferrers(bench, thing, '--artifact-type', SBOM)).toEqual([SBOM]);
    const byTag = ['--distribution-spec', 'v1.1-referrers-tag'];
    expect(await typesOfReferrers(bench, thing, ...byTag)).toEqual(['application/vnd.example.tagged']);
  });
});
