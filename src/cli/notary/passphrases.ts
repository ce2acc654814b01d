import { type Environment, type PassphraseSource, promptPassphrases } from '../../trust/index.ts';
import { isBaseRole } from '../../tuf/index.ts';
import type { Io } from '../io.ts';
import { ioPrompter } from '../prompt.ts';

const VARIABLES: ReadonlyMap<string, string> = new Map(
  ['root', 'targets', 'snapshot', 'delegation'].map((role) => [role, `NOTARY_${role.toUpperCase()}_PASSPHRASE`]),
);
const FOR_DELEGATIONS = 'NOTARY_DELEGATION_PASSPHRASE';

/**
 * Passphrases as notary 0.7 finds them: `NOTARY_<ROLE>_PASSPHRASE`, the one for delegations for whatever is none of the
 * four roles; else asked for at a terminal. Without one there are none.
 */
export function notaryPassphrases(io: Io): PassphraseSource {
  const prompted = io.stdin.isTerminal ? promptPassphrases(ioPrompter(io), { roleNames: new Map() }) : nobody;
  return {
    async ask(request) {
      const passphrase = fromEnvironment(io.env, request.role);
      if (!passphrase) return prompted.ask(request);
      return request.attempt > 1 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase };
    },
  };
}

function fromEnvironment(env: Environment, role: string): string | undefined {
  const own = VARIABLES.get(role);
  return (own && env[own]) || (isBaseRole(role) ? undefined : env[FOR_DELEGATIONS]);
}

const nobody: PassphraseSource = { ask: async () => ({ kind: 'refused' }) };
