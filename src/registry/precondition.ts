import type { Digest } from '../core/index.ts';
import { RegistryError } from './errors.ts';

/** What must hold of a tag or manifest for a request to change it: whether `current` will do (RFC 9110 §13.1). */
export type Precondition = (current: Digest | undefined) => boolean;

/** @throws {RegistryError} PRECONDITION_FAILED, 412, with what is there instead */
export function requireState(precondition: Precondition, current: Digest | undefined): void {
  if (!precondition(current)) throw new RegistryError('PRECONDITION_FAILED', { current: current ?? null });
}
