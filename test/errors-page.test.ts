import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface ErrorClass {
  readonly code: string;
  readonly file: string;
  /** First sentence of its doc comment. */
  readonly meaning: string;
}

const CLASS =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?export class \w+ extends \w+ (?:implements \w+ )?\{\n(?: {2}\/\*\*.*\*\/\n)? {2}(?:override )?readonly code = '([A-Z0-9_]+)'/g;

function listErrors(): ErrorClass[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).sort();
  return sources.flatMap((file) =>
    [...readFileSync(join(ROOT, 'src', file), 'utf8').matchAll(CLASS)].map(([, comment = '', code = '']) => ({
      code,
      file,
      meaning: firstSentence(comment),
    })),
  );
}

function firstSentence(comment: string): string {
  const text = comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return (/^(.*?)(?:\.( |$)|;|:( |$))/.exec(text)?.[1] ?? text).replaceAll('|', '\\|');
}

const errors = listErrors();

test('every error class in the sources has a code of its own, and says what it means', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const declared = sources.flatMap((file) => [
    ...readFileSync(join(ROOT, 'src', file), 'utf8').matchAll(/readonly code = '([A-Z0-9_]+)'/g),
  ]);
  expect(errors.map(({ code }) => code).sort()).toEqual(declared.map(([, code = '']) => code).sort());
  expect(errors.map(({ code }) => code).filter((code, i, all) => all.indexOf(code) !== i)).toEqual([]);
  expect(errors.filter(({ meaning }) => meaning === '').map(({ code }) => code)).toEqual([]);
});

test('docs/wire/errors.md lists exactly these', async () => {
  const rows = errors
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, file, meaning }) => `| \`${code}\` | ${file.split('/')[0]} | ${meaning} |`);
  const page = `# Error codes

Stable codes of the errors that this package throws on purpose: \`error.code\`. Messages are for people and may change.
The codes that protocols put on the wire are tables in \`src/registry/errors.ts\` and \`src/notary/wire-error.ts\`.
This page is made from the sources; \`npx vitest run test/errors-page.test.ts -u\` brings it up to date.

| code | room | when |
| --- | --- | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot(join(ROOT, 'docs/wire/errors.md'));
});
