import { expect, test } from 'vitest';
import { inOrder, reversed } from './in-order.ts';

const THINGS = [
  { name: 'client', after: ['hub', 'trust'] },
  { name: 'trust', after: ['signer'] },
  { name: 'hub', after: ['elsewhere'] },
  { name: 'signer', after: [] },
];

async function trace(things: typeof THINGS, fails = ''): Promise<string[]> {
  const done: string[] = [];
  await inOrder(things, async ({ name }) => {
    if (name === fails) throw new Error(`${name} failed`);
    done.push(name);
  }).catch((thrown: Error) => done.push(thrown.message));
  return done;
}

test('each comes after those it stands upon, and otherwise at once', async () => {
  expect(await trace(THINGS)).toEqual(['signer', 'hub', 'trust', 'client']);
});

test('the opposite order ends what stands upon others first', async () => {
  expect(await trace(reversed(THINGS))).toEqual(['client', 'trust', 'hub', 'signer']);
});

test('of several that failed each is told once', async () => {
  const failing = inOrder(THINGS, async ({ name }) => {
    if (name === 'signer' || name === 'hub') throw new Error(`${name} failed`);
  });
  await expect(failing).rejects.toThrow(/^hub failed\nsigner failed$/);
});

test('what stands upon one that failed is not begun', async () => {
  expect(await trace(THINGS, 'signer')).toEqual(['hub', 'signer failed']);
});
