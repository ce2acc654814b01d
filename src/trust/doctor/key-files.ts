import { join } from 'node:path';
import { errorMessage, humanCount, TrustSandboxError } from '../../core/index.ts';
import { isEncryptedKeyFile, parsePrivateKeyFile } from '../../pki/index.ts';
import { findFile, findMode, isForOthers, listFolder } from '../private-file.ts';
import type { TrustDirectory } from '../trust-directory.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const MAX_KEY_FILE_BYTES = 256 * 1024;

/** Whether a trust directory and its private keys are there, whole, and for their owner alone. */
export async function examineKeyFiles(directory: TrustDirectory): Promise<readonly Finding[]> {
  const folder = directory.privateFolder;
  if ((await findMode(directory.path)) === undefined) {
    return [
      warning('NO_TRUST_DIRECTORY', `There is no trust directory ${directory.path} yet: no keys, and nothing known.`),
    ];
  }
  const findings: Finding[] = [];
  for (const path of [directory.path, folder]) {
    if (isForOthers(await findMode(path))) {
      findings.push(
        problem(
          'FOLDER_OPEN',
          `Others can look into ${path}${path === folder ? ': its keys are not used' : ''}.`,
          `chmod 700 ${path}`,
        ),
      );
    }
  }
  const names = (await listFolder(folder)).filter((name) => name.endsWith('.key'));
  for (const name of names) findings.push(...(await examineKeyFile(join(folder, name))));
  if (findings.length > 0) return findings;
  return [
    ok('KEY_FILES', `${humanCount(names.length, 'private key')} in ${folder}, all whole and for their owner alone.`),
  ];
}

async function examineKeyFile(path: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (isForOthers(await findMode(path))) {
    findings.push(
      problem('KEY_FILE_OPEN', `Others can read the private key ${path}: it is not used.`, `chmod 600 ${path}`),
    );
  }
  try {
    const text = (await findFile(path, MAX_KEY_FILE_BYTES))?.toString('latin1');
    if (text !== undefined && !isEncryptedKeyFile(parsePrivateKeyFile(text))) {
      const says = `The private key ${path} has no passphrase: whoever reads the file can sign.`;
      findings.push(warning('KEY_FILE_PLAIN', says, 'trustsandbox trust key passwd KEY'));
    }
  } catch (thrown) {
    const isSystem = (thrown as NodeJS.ErrnoException).syscall !== undefined;
    if (!(thrown instanceof TrustSandboxError) && !isSystem) throw thrown;
    findings.push(problem('KEY_FILE_BROKEN', `The key file ${path} cannot be used: ${errorMessage(thrown)}.`));
  }
  return findings;
}
