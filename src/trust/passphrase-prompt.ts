import type { PassphraseAnswer, PassphraseRequest, PassphraseSource } from './passphrase.ts';

/** A person, or a pipe, that is shown text and answers with lines. */
export interface Prompter {
  /** Shows a line. */
  say(line: string): void;
  /** Shows `prompt`, reads one line without showing it, ends the line. `undefined` when there is no more input. */
  askHidden(prompt: string): Promise<string | undefined>;
}

const MIN_LENGTH = 8;
const MAX_RETRIES = 3;
const KEYID_SHOWN = 7;
/** What docker calls the roles of keys in its prompts; signers' keys go by their name. */
const ROLE_NAMES: ReadonlyMap<string, string> = new Map([
  ['targets', 'repository'],
  ['snapshot', 'repository'],
]);

const ROOT_WARNING = [
  'You are about to create a new root signing key passphrase. This passphrase',
  'will be used to protect the most sensitive key in your signing system. Please',
  'choose a long, complex passphrase and be careful to keep the password and the',
  'key file itself secure and backed up. It is highly recommended that you use a',
  'password manager to generate the passphrase and keep it safe. There will be no',
  'way to recover this key. You can find the key in your config directory.',
];

/**
 * Asks a person, in docker 28's words. What was answered for a role is tried silently the next time that role's
 * passphrase is wanted in this run. `roleNames` are words for roles; a role that has none goes by its own name.
 */
export function promptPassphrases(
  prompter: Prompter,
  { roleNames = ROLE_NAMES }: { readonly roleNames?: ReadonlyMap<string, string> } = {},
): PassphraseSource {
  const answered = new Map<string, string>();

  async function ask(request: PassphraseRequest): Promise<PassphraseAnswer> {
    const { role, isNew, attempt } = request;
    if (attempt === 0) {
      if (isNew && role === 'root') for (const line of ROOT_WARNING) prompter.say(line);
      const passphrase = answered.get(role);
      if (passphrase !== undefined) return { kind: 'passphrase', passphrase };
    } else if (!isNew) {
      if (attempt > MAX_RETRIES) return { kind: 'give-up' };
      prompter.say('Passphrase incorrect. Please retry.');
    }
    const passphrase = isNew ? await askNew(request) : await askOne('', request);
    if (passphrase === undefined) return { kind: 'refused' };
    answered.set(role, passphrase);
    return { kind: 'passphrase', passphrase };
  }

  async function askNew(request: PassphraseRequest): Promise<string | undefined> {
    const passphrase = await askOne('new ', request);
    if (passphrase === undefined) return undefined;
    if (Buffer.byteLength(passphrase) < MIN_LENGTH) {
      prompter.say(
        'Passphrase is too short. Please use a password manager to generate and store a good random passphrase.',
      );
      return undefined;
    }
    const repeated = await askOne('new ', request, 'Repeat');
    if (repeated === undefined) return undefined;
    if (repeated !== passphrase) {
      prompter.say('Passphrases do not match. Please retry.');
      return undefined;
    }
    return passphrase;
  }

  async function askOne(kind: 'new ' | '', { role, keyid }: PassphraseRequest, verb = 'Enter') {
    const id = keyid === undefined ? '' : ` with ID ${keyid.slice(0, KEYID_SHOWN)}`;
    const line = await prompter.askHidden(`${verb} passphrase for ${kind}${roleNames.get(role) ?? role} key${id}: `);
    return line?.trim();
  }

  return { ask };
}
