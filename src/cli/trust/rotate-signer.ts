import { type Change, listDelegationRoles, RELEASES, type TrustCollection } from '../../trust/index.ts';
import type { DelegationRole, PublicKey } from '../../tuf/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { verifyKeyName } from './key-name.ts';
import { readPublicKey } from './public-key-input.ts';
import { REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { ownKeyids, signerRole } from './signatures.ts';
import { openKeyStore, openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust rotate signer`. */
export const rotateSigner = defineCommand({
  usage: '[OPTIONS] NAME REPOSITORY [REPOSITORY...]',
  summary:
    "Replace a signer's keys; what they signed is signed again by the new one, which must be here but for a request",
  arguments: atLeast(2),
  flags: {
    key: {
      kind: 'list',
      value: 'FILE',
      help: "Path to the signer's new public key; a key is made when there is none given",
    },
    ...REQUEST_FLAG,
    ...PASSPHRASE_FLAGS,
  },
  parse({ key = [], request, ...flags }, [name = '', ...repositories]) {
    verifyOneRepository(request, repositories);
    return { name, repositories, files: key, request, passphrases: passphraseChoice(flags) };
  },
  async run({ name, repositories, files, request, passphrases }, io) {
    const context = requestTo(await openTrustContext(io, passphrases), request);
    await rotateSignerKeys(name, repositories, files, context);
    return 0;
  },
});

/** @throws {KeyNameError | ContentTrustError} */
export async function rotateSignerKeys(
  name: string,
  repositories: readonly string[],
  files: readonly string[],
  context: TrustContext,
): Promise<void> {
  const { stdout, cwd } = context.io;
  verifyKeyName('signer', name);
  const given = await Promise.all(files.map((file) => readPublicKey(file, cwd)));
  const keys = given.length > 0 ? given : [await makeKey(name, context)];
  await forEachRepository(repositories, `rotate the key of ${name} in`, context, async (repository, image) => {
    const collection = await repository.update();
    await repository.publishChanges(rotation(name, image, keys, collection));
    if (context.toRequest) return;
    printLine(stdout, `Successfully rotated the key of ${name} in ${image}`);
  });
}

async function makeKey(name: string, context: TrustContext): Promise<PublicKey> {
  const key = await openKeyStore(context).create({ role: name });
  printLine(context.io.stdout, `Made key ${key.keyid} for ${name}`);
  return key;
}

/** The signer's own delegation, and `targets/releases`, get the new keys; what the old ones signed is signed again. */
function rotation(
  name: string,
  image: string,
  keys: readonly PublicKey[],
  collection: TrustCollection,
): readonly Change[] {
  const roles = listDelegationRoles(collection);
  const own = roles.find((role) => role.name === signerRole(name));
  if (!own || own.name === RELEASES) throw new ContentTrustError(`no signer ${name} for repository ${image}`);
  const released = roles.find((role) => role.name === RELEASES);
  const replaced = ownKeyids(name, collection);
  const added = new Set<string>(keys.map(({ canonicalKeyid }) => canonicalKeyid));
  const edits = [
    { role: own, old: [...own.keys.values()].map(({ canonicalKeyid }) => canonicalKeyid as string) },
    ...(released ? [{ role: released, old: replaced }] : []),
  ];
  return [
    ...edits.map(({ role, old }): Change => {
      const removeKeys = old.filter((keyid) => !added.has(keyid));
      return { kind: 'edit-delegation', role: role.name, edit: { addKeys: keys, removeKeys } };
    }),
    ...edits
      .filter(({ role, old }) => isSignedBy(role, old, collection))
      .map(({ role }): Change => ({ kind: 'witness', role: role.name })),
  ];
}

function isSignedBy(role: DelegationRole, keyids: readonly string[], { targets }: TrustCollection): boolean {
  const signatures = targets.get(role.name)?.envelope.signatures ?? [];
  return signatures.some(({ keyid }) => keyids.includes(role.keys.get(keyid)?.canonicalKeyid ?? ''));
}
