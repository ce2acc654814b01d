import type { PassphraseRequest, PassphraseSource } from '../passphrase.ts';

/** Gives the same passphrase whenever asked, twice for one key, and notes the questions: `new root`, `targets`, … */
export function scriptedPassphrases(passphrase: string): PassphraseSource & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async ask({ role, isNew, attempt }: PassphraseRequest) {
      asked.push(`${isNew ? 'new ' : ''}${role}`);
      return attempt > 1 ? { kind: 'give-up' } : { kind: 'passphrase', passphrase };
    },
  };
}
