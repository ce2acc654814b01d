import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTATIONS, type Power, serveMutated } from './mutations.ts';
import { FILES, type FileName, readTag, World } from './world.ts';

const PAGE = join(import.meta.dirname, '../../docs/wire/verification.md');
const CASES = ['compat', 'strict'] as const;

/** The powers that it takes, and those that would make it worse. */
function powersFor(isSigned: boolean, role: FileName): readonly Power[] {
  if (isSigned) return ["the role's key and the server's"];
  return role === 'timestamp' || role === 'root' ? ['no key'] : ['no key', "the server's keys"];
}

async function answers(mutation: (typeof MUTATIONS)[number], role: FileName, power: Power): Promise<string[]> {
  await using world = await World.create();
  await world.publish(2);
  const warm = CASES.map((mode) => world.client(mode));
  for (const client of warm) expect(await readTag(client)).toBe('edition 2');
  const edition = await world.sign(3, { root: world.rootOf(role === 'root' ? 2 : 1) });
  await serveMutated(world, edition, { mutation, role, power });
  const [compat, strict] = [world.client('compat'), world.client('strict')];
  const cold = [await readTag(compat), await readTag(strict)];
  const after = [await readTag(warm[0] ?? compat), await readTag(warm[1] ?? strict)];
  return [cold[0] ?? '', after[0] ?? '', cold[1] ?? '', after[1] ?? ''];
}

test('docs/wire/verification.md says what each mode answers to each mutation of each file', {
  timeout: 120_000,
}, async () => {
  const rows: string[] = [];
  for (const mutation of MUTATIONS) {
    for (const role of mutation.roles ?? FILES) {
      for (const power of powersFor(mutation.isSigned, role)) {
        const cells = await answers(mutation, role, power);
        rows.push(`| ${role} ${mutation.name} | ${power} | ${cells.join(' | ')} |`);
      }
    }
  }
  await expect(page(rows)).toMatchFileSnapshot(PAGE);
});

function page(rows: readonly string[]): string {
  return `# What verification answers

Written by \`test/trust/mutations.test.ts\` from what it sees; do not edit. A collection with the tag \`v1\` in \`targets/releases\` is
read in edition 2 by those who are warm; then edition 3 is served with one file spoiled. Edition 0 is what \`targets\` had of old, before
there were delegations: to be given it is a downgrade. Cold readers have nothing cached. An attacker has no key, or those of the
trust server (snapshot and timestamp), or that of the role as well.

| what is spoiled | by whom | compat, cold | compat, warm | strict, cold | strict, warm |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
