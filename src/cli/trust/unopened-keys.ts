import type { PassphraseSource } from '../../trust/index.ts';
import { type Io, printLine } from '../io.ts';

const KEYID_SHOWN = 7;

/**
 * Tells on stderr, once for each, which keys stay closed and why. docker only says later that no key is to be had, as if it
 * were not there; so do we where we are called `docker`.
 */
export function tellUnopenedKeys(source: PassphraseSource, io: Pick<Io, 'program' | 'stderr'>): PassphraseSource {
  if (io.program === 'docker') return source;
  const told = new Set<string>();
  return {
    async ask(request) {
      const answer = await source.ask(request);
      const { keyid, role, attempt, isNew } = request;
      if (answer.kind === 'passphrase' || isNew || keyid === undefined || told.has(keyid)) return answer;
      told.add(keyid);
      const key = `the ${role} key ${keyid.slice(0, KEYID_SHOWN)}`;
      const ways = `--passphrase-file, --passphrase-stdin or DOCKER_CONTENT_TRUST_${role === 'root' ? 'ROOT' : 'REPOSITORY'}_PASSPHRASE`;
      const none = `no passphrase was given for ${key}: give one by ${ways}`;
      printLine(io.stderr, attempt > 0 ? `the passphrase does not open ${key}` : none);
      return answer;
    },
  };
}
