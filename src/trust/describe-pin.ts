import type { OpenPin } from '../tuf/index.ts';

/** What holds for a GUN's root, in a few words. */
export function describePin(pin: OpenPin): string {
  if (pin.kind === 'certificates') return `${pin.pattern} pinned to ${pin.keyids.join(', ')}`;
  if (pin.kind === 'authority') return `${pin.prefix} pinned to the authority in ${pin.place}`;
  return pin.isRefused ? 'nothing pinned, and no trust on first use' : 'nothing pinned';
}
