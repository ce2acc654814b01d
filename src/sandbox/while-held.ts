import type { ServiceKind } from './service-kind.ts';
import type { Slot } from './slot.ts';

/** Kinds of services whose requests lead to those of the next. */
const HELD_TOGETHER: readonly (readonly ServiceKind[])[] = [
  ['client'],
  ['registry', 'notary-server'],
  ['notary-signer'],
];

/**
 * Does `work` while no request passes and none that was let in is writing: clients first and signers last, as the requests of
 * each lead to the next. `isQuiet` is false when one did not end within `timeoutMs`.
 */
export async function whileHeld<T>(
  slots: readonly Slot[],
  timeoutMs: number,
  work: (isQuiet: boolean) => Promise<T>,
): Promise<T> {
  const held: { readonly isQuiet: boolean; release(): void }[] = [];
  try {
    for (const kinds of HELD_TOGETHER) {
      const fronts = slots.filter(({ plan }) => kinds.includes(plan.kind)).map(({ front }) => front);
      held.push(...(await Promise.all(fronts.map((front) => front.hold(timeoutMs)))));
    }
    return await work(held.every(({ isQuiet }) => isQuiet));
  } finally {
    for (const { release } of held) release();
  }
}
