import { createHash } from 'node:crypto';

/** Gives the services of a project loopback addresses. Services are counted from 0. */
export interface AddressPlan {
  /** Address of the `index`th service, for the host. */
  address(index: number): string;
  /** Where the `viewer`th service finds the `index`th. */
  door(viewer: number, index: number): string;
  /** Whether the addresses differ, so that each service can have the port it is known by. */
  readonly isOwn: boolean;
}

/** How many address plans there are to try when one is taken. */
export const ADDRESS_ATTEMPTS = 8;

/** Addresses that are used of a /24; what is beyond is in another. */
const PER_NETWORK = 250;
/** Which /24s of 127/8 are for what, by the second byte of their addresses. */
const OWN = { first: 64, count: 128 } as const;
const DOORS = { first: 192, count: 62 } as const;

/**
 * On Linux all of 127/8 is loopback: a project takes a /24 there, and one for what each service sees, found from its
 * root folder, others for each `attempt`. Elsewhere only 127.0.0.1 is there, and ports must differ.
 */
export function planAddresses(
  projectRoot: string,
  attempt: number,
  platform: NodeJS.Platform = process.platform,
): AddressPlan {
  if (platform !== 'linux') return { address: () => '127.0.0.1', door: () => '127.0.0.1', isOwn: false };
  const seed = createHash('sha256').update(`${projectRoot}#${attempt}`).digest().readUInt32BE();
  return {
    address: (index) => addressIn(OWN, seed, index),
    door: (viewer, index) => addressIn(DOORS, seed + viewer, index), // a /24 beside the other: no two of a project are one
    isOwn: true,
  };
}

/** The `index`th address of the `number`th /24 of a range, which goes round. */
function addressIn({ first, count }: typeof OWN | typeof DOORS, number: number, index: number): string {
  const network = (number + (count * 256 - 1) * Math.floor(index / PER_NETWORK)) % (count * 256);
  return `127.${first + Math.floor(network / 256)}.${network % 256}.${2 + (index % PER_NETWORK)}`;
}
