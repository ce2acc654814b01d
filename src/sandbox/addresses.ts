import { createHash } from 'node:crypto';

/** Gives each service of a project a loopback address of its own. */
export interface AddressPlan {
  /** Address of the `index`th service, counted from 0. */
  address(index: number): string;
  /** Whether the addresses differ, so that each service can have the port it is known by. */
  readonly isOwn: boolean;
}

/** How many address plans there are to try when one is taken. */
export const ADDRESS_ATTEMPTS = 8;

/**
 * On Linux all of 127/8 is loopback: a project takes a /24 there, found from its root folder, another one for each
 * `attempt`. Elsewhere only 127.0.0.1 is there, and ports must differ.
 */
export function planAddresses(
  projectRoot: string,
  attempt: number,
  platform: NodeJS.Platform = process.platform,
): AddressPlan {
  if (platform !== 'linux') return { address: () => '127.0.0.1', isOwn: false };
  const hash = createHash('sha256').update(`${projectRoot}#${attempt}`).digest();
  const [second = 0, third = 0] = hash;
  return { address: (index) => `127.${64 + (second % 128)}.${third}.${index + 2}`, isOwn: true };
}
