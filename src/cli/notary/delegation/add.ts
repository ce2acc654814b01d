import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parsePublicKeyFile } from '../../../pki/index.ts';
import type { ChangeList } from '../../../trust/index.ts';
import {
  certificateKey,
  isDelegation,
  KeyUnusableError,
  type PublicKey,
  publicKeyOf,
  type RoleName,
} from '../../../tuf/index.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { openNotary, openStaging } from '../context.ts';
import { PUBLISH_FLAG, splitList } from '../global-flags.ts';
import { publishIfAsked } from '../publish.ts';
import { showPaths } from './paths.ts';

const THRESHOLD = 1;

/** `notary delegation add`. */
export const delegationAdd = defineNotaryCommand({
  usage: 'add [ GUN ] [ Role ] <X509 file path 1> ...',
  long: 'Stages a delegation, or more keys and paths for one. Keys come as certificates or public keys (PEM files). A delegation without paths can sign nothing.',
  flags: {
    'all-paths': { kind: 'boolean', help: 'Let it sign every target' },
    paths: { kind: 'list', value: 'strings', help: 'Let it sign targets that begin so' },
    publish: PUBLISH_FLAG,
  },
  async run({ 'all-paths': allPaths = false, paths: given, publish }, [gun, role, ...files], call) {
    const paths = splitList(given);
    if (gun === undefined || role === undefined || (files.length === 0 && paths === undefined && !allPaths)) {
      throw new NotaryUsageError(
        'must specify the Global Unique Name and the role of the delegation along with the public key certificate paths and/or a list of paths to add',
      );
    }
    const context = await openNotary(call);
    const keys = await Promise.all(files.map((file) => readKey(file, context.io.cwd)));
    const repository = await openStaging(context, gun);
    if (!isDelegation(role)) {
      throw new NotaryCommandError(
        `failed to create delegation: tuf: invalid role ${role}. invalid delegation role name`,
      );
    }
    const added = allPaths || given?.includes('') ? [''] : paths;
    await stage(repository.changes, role, keys, added ?? []);
    context.io.stdout.write(`\n${describe(role, keys, added, gun)}\n\n`);
    await publishIfAsked(publish, repository.gun, context);
  },
});

/** Keys and paths are two changes, as notary makes them. */
async function stage(
  changes: ChangeList,
  role: RoleName,
  keys: readonly PublicKey[],
  paths: readonly string[],
): Promise<void> {
  if (keys.length > 0) {
    await changes.add({ kind: 'add-delegation', role, edit: { threshold: THRESHOLD, addKeys: keys } });
  }
  if (paths.length > 0) await changes.add({ kind: 'add-delegation', role, edit: { addPaths: paths } });
}

function describe(
  role: RoleName,
  keys: readonly PublicKey[],
  paths: readonly string[] | undefined,
  gun: string,
): string {
  const withKeys = keys.length > 0 ? `with keys [${keys.map(({ canonicalKeyid }) => canonicalKeyid).join(' ')}], ` : '';
  const withPaths = paths ? `with paths [${showPaths(paths).join('\n')}], ` : '';
  return `Addition of delegation role ${role} ${withKeys}${withPaths}to repository "${gun}" staged for next publish.`;
}

async function readKey(file: string, cwd: string): Promise<PublicKey> {
  const text = await readFile(resolve(cwd, file), 'latin1').catch((cause: NodeJS.ErrnoException) => {
    const isMissing = cause.code === 'ENOENT';
    const what = isMissing ? 'file for public key does not exist' : 'unable to read public key from file';
    throw new NotaryCommandError(`${what}: ${file}`, { cause });
  });
  try {
    const { key, certificate } = parsePublicKeyFile(text);
    const made = certificate === undefined ? publicKeyOf(key) : certificateKey(certificate);
    made.keyObject; // one that can verify
    return made;
  } catch (cause) {
    const reason =
      cause instanceof KeyUnusableError
        ? 'invalid certificate: RSA bit length is too short'
        : 'no valid public key found';
    throw new NotaryCommandError(`unable to parse valid public key certificate from PEM file ${file}: ${reason}`, {
      cause,
    });
  }
}
