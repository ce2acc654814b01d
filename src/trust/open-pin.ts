import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TrustSandboxError } from '../core/index.ts';
import { choosePin, type Gun, NO_PIN, type OpenPin, type TrustPinning } from '../tuf/index.ts';

/** The file of a pinned authority is not there, or holds no certificate. */
export class PinnedAuthorityError extends TrustSandboxError {
  readonly code = 'PINNED_AUTHORITY';
  readonly path: string;
  constructor(path: string, options?: ErrorOptions) {
    super(`could not validate the path to a trusted root: could not load root cert from CA path ${path}`, options);
    this.path = path;
  }
}

/** The rule for a GUN, its authority read; only the one that holds is. @throws {PinnedAuthorityError} */
export async function openPin(pinning: TrustPinning | undefined, gun: Gun): Promise<OpenPin> {
  if (!pinning) return NO_PIN;
  const pin = choosePin(pinning, gun);
  if (pin.kind !== 'authority') return pin;
  try {
    const pem = await readFile(pin.place, 'utf8');
    new X509Certificate(pem); // the first of them at least
    return { ...pin, pem };
  } catch (cause) {
    throw new PinnedAuthorityError(pin.place, { cause });
  }
}
