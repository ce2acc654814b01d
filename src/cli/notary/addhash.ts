import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { CUSTOM_FLAG, PUBLISH_FLAG, rolesFlag } from './global-flags.ts';
import { parseSize } from './go-number.ts';
import { publishIfAsked } from './publish.ts';
import { parseRoles } from './role-list.ts';
import { readCustom } from './target-file.ts';

const HEX_DIGITS = { sha256: 64, sha512: 128 } as const;

/** `notary addhash`. */
export const addHash = defineNotaryCommand({
  usage: 'addhash [ GUN ] <target> <byte size> <hashes>',
  long: 'Stages a target of a collection by its size in bytes and its hashes. Nothing is asked of the server until it is published.',
  flags: {
    custom: CUSTOM_FLAG,
    publish: PUBLISH_FLAG,
    roles: rolesFlag('Roles to add the target to, instead of targets'),
    sha256: { kind: 'string', help: 'SHA-256 of the target, in hex' },
    sha512: { kind: 'string', help: 'SHA-512 of the target, in hex' },
  },
  async run({ custom, publish, roles, sha256, sha512 }, [gun, target, size], call) {
    if (gun === undefined || target === undefined || size === undefined || !(sha256 || sha512)) {
      throw new NotaryUsageError('Must specify a GUN, target, byte size of target data, and at least one hash');
    }
    const context = await openNotary(call);
    const extra = await readCustom(custom, context.io.cwd);
    const length = parseSize(size);
    const repository = await openStaging(context, gun);
    const hashes = parseHashes({ sha256, sha512 });
    await repository.addTarget(target, { length, hashes, extra }, parseRoles(roles));
    const used = [...hashes.keys()].join(', ');
    printLine(
      context.io.stdout,
      `Addition of target "${target}" by ${used} hash to repository "${gun}" staged for next publish.`,
    );
    await publishIfAsked(publish, repository.gun, context);
  },
});

/** @throws {NotaryCommandError} wrong length, or not hex */
function parseHashes(texts: Readonly<Record<keyof typeof HEX_DIGITS, string | undefined>>): Map<string, Buffer> {
  const hashes = new Map<string, Buffer>();
  for (const name of ['sha256', 'sha512'] as const) {
    const text = texts[name];
    if (!text) continue;
    if (text.length !== HEX_DIGITS[name]) throw new NotaryCommandError(`invalid ${name} hex contents provided`);
    const wrong = /[^0-9a-fA-F]/u.exec(text)?.[0];
    if (wrong !== undefined) throw new NotaryCommandError(`encoding/hex: invalid byte: ${goRune(wrong)}`);
    hashes.set(name, Buffer.from(text, 'hex'));
  }
  return hashes;
}

/** Go's `%#U`: `U+0067 'g'`. */
function goRune(letter: string): string {
  const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${letter}'`;
}
