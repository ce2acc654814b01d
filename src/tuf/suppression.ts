import { gatesOf } from './gate.ts';
import type { RoleName } from './role-name.ts';
import { SuppressedError } from './strict-errors.ts';
import type { Acceptance } from './trusted.ts';

/**
 * Refuses a snapshot that does not list `role`, which is delegated to, if a file of it was trusted `before` under the keys
 * it has now (TUF v1.0.34 §5.5.5). A delegation that nobody has signed yet is not listed either, and that is no fault.
 * @throws {SuppressedError}
 */
export function verifyNotSuppressed(role: RoleName, { before, onGate }: Pick<Acceptance, 'before' | 'onGate'>): void {
  gatesOf(role, onGate)(
    'suppression',
    '§5.5.5',
    () => {
      if (before) throw new SuppressedError(role, before.version);
    },
    () => ({ expected: 'nothing, as before', found: 'nothing in the snapshot' }),
  );
}
