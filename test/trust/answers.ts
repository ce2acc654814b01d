import { expect } from 'vitest';
import { readTag, type World } from './world.ts';

/** What each mode answers: without a cache, and with what edition 2 left in it. */
export interface Answers {
  readonly compat: { readonly cold: string; readonly warm: string };
  readonly strict: { readonly cold: string; readonly warm: string };
}

/** Everybody is told the same. */
export const all = (answer: string): Answers => ({
  compat: { cold: answer, warm: answer },
  strict: { cold: answer, warm: answer },
});
/** Both modes say the same. */
export const seen = (cold: string, warm: string): Answers => ({ compat: { cold, warm }, strict: { cold, warm } });
/** Has edition 2 read by the warm, stages an attack, and asks everybody. */
export async function readAll(world: World, stage: () => Promise<void>): Promise<Answers> {
  await world.publish(2);
  const [compat, strict] = [world.client('compat'), world.client('strict')];
  for (const client of [compat, strict]) expect(await readTag(client)).toBe('edition 2');
  await stage();
  return {
    compat: { cold: await readTag(world.client('compat')), warm: await readTag(compat) },
    strict: { cold: await readTag(world.client('strict')), warm: await readTag(strict) },
  };
}
