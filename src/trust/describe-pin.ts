import type { OpenPin } from '../tuf/index.ts';

/** What holds for a GUN's root, in a few words. */
export function describePin(pin: OpenPin): string {
  switch (pin.kind) {
    case 'certificates':
      return `${pin.pattern} pinned to ${pin.keyids.join(', ')}`;
    case 'keys':
      return `${pin.pattern} pinned to the keys ${pin.keyids.join(', ')}`;
    case 'authority':
      return `${pin.prefix} pinned to the authority in ${pin.place}`;
    case 'first-use':
      return pin.isRefused ? 'nothing pinned, and no trust on first use' : 'nothing pinned';
  }
}
