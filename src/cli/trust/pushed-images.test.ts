import { expect, test } from 'vitest';
import type { StreamMessage } from '../progress.ts';
import { PushedImages } from './pushed-images.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const told = { aux: { Tag: 'v1', Digest: digest, Size: 730 } };
const shown = { status: `v1: digest: ${digest} size: 855` };

async function findIn(...messages: StreamMessage[]) {
  const pushed = new PushedImages();
  async function* stream() {
    yield* messages;
  }
  for await (const { aux } of pushed.watch(stream())) pushed.note(aux);
  return pushed;
}

test.each([
  { why: 'what aux tells', messages: [shown, told], size: 730 },
  { why: 'what people are shown where aux tells nothing', messages: [shown], size: 855 },
  {
    why: 'what people are shown where aux tells something else',
    messages: [{ aux: { ManifestPushedInsteadOfIndex: true } }, shown],
    size: 855,
  },
  { why: 'nothing of another tag', messages: [{ status: `v2: digest: ${digest} size: 855` }], size: undefined },
  { why: 'nothing of a layer that is called so', messages: [{ id: 'abc', ...shown }], size: undefined },
  { why: 'nothing of a stream without either', messages: [{ status: 'Pushed' }], size: undefined },
])('a push is taken to be $why', async ({ messages, size }) => {
  expect((await findIn(...messages)).find('v1')?.size).toBe(size);
});

test('two records under aux are two', async () => {
  expect((await findIn(told, told)).count).toBe(2);
});
