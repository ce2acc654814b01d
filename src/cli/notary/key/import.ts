import { importKeys } from '../../../trust/index.ts';
import { defineNotaryCommand, NotaryUsageError } from '../command.ts';
import { openNotary } from '../context.ts';
import { readInput } from '../target-file.ts';

/** `notary key import`. */
export const keyImport = defineNotaryCommand({
  usage: 'import pemfile [ pemfile ... ]',
  long: 'Takes all private keys of PEM files: those that are not encrypted under a new passphrase, those that key export wrote as they are.',
  flags: {
    gun: { kind: 'string', short: 'g', help: 'Collection of keys whose PEM headers name none' },
    role: { kind: 'string', short: 'r', help: 'Role of keys whose PEM headers name none' },
  },
  async run({ gun, role }, paths, call) {
    if (paths.length === 0) throw new NotaryUsageError('must specify at least one input file to import keys from');
    const { keys, io, log } = await openNotary(call);
    for (const path of paths) {
      await importKeys(keys, (await readInput(path, io.cwd)).toString('latin1'), { role, gun, log });
    }
  },
});
