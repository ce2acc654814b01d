import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeEncryptedKeyFiles, writeKeyFiles } from './key-inputs.ts';
import { comparable, isOurs, lookAlike, performAlike } from './replay.ts';
import { type Invocation, readTranscript } from './transcript.ts';
import { setTrustStage, type TrustStage } from './trust-stage.ts';

const NEW = 'sandbox-passphrase\r';

/** Looks at files, and nothing else, by programs of every machine. */
const isLook = ({ command }: Invocation): boolean => /^(find|ls|head|grep|cat \S+\.pub)/.test(command);

/** Ours or the shell's, where it can be given again; usage is for `trust-help.test.ts`. */
async function replay(stage: TrustStage, invocation: Invocation): Promise<void> {
  if (isOurs(invocation)) await performAlike(stage, invocation);
  else if (isLook(invocation)) await lookAlike(stage, invocation);
}

/** Where docker does nothing, or does not end, and we do: `docs/differences.md`. Otherwise what it printed is printed first. */
async function performFurther(stage: TrustStage, invocation: Invocation, further: string): Promise<void> {
  const performed = await stage.perform(invocation);
  const isTerminal = invocation.terminal !== '';
  const [ours, theirs] = [comparable(performed, isTerminal), comparable(invocation, isTerminal)];
  const part = isTerminal ? 'terminal' : 'stdout';
  expect({ command: invocation.command, text: ours[part].slice(0, theirs[part].length) }).toEqual({
    command: invocation.command,
    text: theirs[part],
  });
  expect(ours[part].slice(theirs[part].length) + (isTerminal ? '' : ours.stderr)).toBe(further);
}

describe('docker 28 prints the same as we do, byte for byte, in', () => {
  test('trust inspect', async () => {
    await using stage = await setTrustStage('03-tags-digests');
    const pushes = readTranscript('03-tags-digests.txt').filter(({ command }) =>
      /^docker push \S+:(latest|v2)$/.test(command),
    );
    for (const push of pushes.slice(0, 2)) await stage.perform(push);
    for (const inspection of readTranscript('04-trust-inspect.txt')) await replay(stage, inspection);
  });

  test('trust key and trust signer, until a signer is removed for good', async () => {
    await using stage = await setTrustStage('05-trust-keys-signers');
    let isRemoved = false;
    for (const invocation of readTranscript('05-trust-keys-signers.txt')) {
      const { command } = invocation;
      if (command.startsWith('docker trust key load')) continue;
      const removed = /signer remove -f (\w+)/.exec(command)?.[1];
      if (removed !== undefined) {
        const further = `Successfully removed ${removed} from sandboxregistry:5000/test/signer\n\n`;
        await performFurther(stage, invocation, further);
        isRemoved = removed === 'alice'; // who signed all there is
        continue;
      }
      if (isRemoved && !command.startsWith('docker push')) continue; // eve has a key of alice's to push with
      const bare = command.replace(/^mkdir -p keys && (.*) && ls keys$/, '$1');
      if (bare !== command) await lookAlike(stage, { ...invocation, command: 'mkdir -p keys', stdout: '' });
      const stdout = bare === command ? invocation.stdout : invocation.stdout.replace(/bob\.pub\n$/, '');
      await replay(stage, { ...invocation, command: bare, stdout });
    }
  });

  test('trust key load', async () => {
    await using stage = await setTrustStage('05-trust-keys-signers');
    await writeKeyFiles(stage.home);
    const loads = readTranscript('05-trust-keys-signers.txt').filter(({ command }) =>
      command.startsWith('docker trust key load'),
    );
    expect(loads).toHaveLength(9);
    for (const load of loads) await performAlike(stage, load);
  });

  test('trust sign and trust revoke', async () => {
    await using stage = await setTrustStage('07-trust-sign-revoke');
    for (const invocation of readTranscript('07-trust-sign-revoke.txt')) {
      const [login, ...commands] = invocation.command.split('; ');
      if (!login?.startsWith('printf')) {
        await replay(stage, invocation);
        continue;
      }
      const config = join(stage.home, '.docker/config.json');
      await writeFile(config, /'({.*})'/.exec(login)?.[1] ?? '');
      const parts = [];
      for (const command of commands.slice(0, 2)) parts.push(await stage.perform({ ...invocation, command }));
      await rm(config);
      const joined = {
        stdout: parts.map(({ stdout }) => stdout).join(''),
        stderr: parts.map(({ stderr }) => stderr).join(''),
      };
      expect(comparable({ ...joined, terminal: '', status: 0 }, false)).toEqual(comparable(invocation, false));
    }
  });

  test('trust commands in a terminal, where docker does not end as well as where it does', async () => {
    await using stage = await setTrustStage('06-trust-interactive-tty');
    for (const invocation of readTranscript('06-trust-interactive-tty.txt')) {
      const isInterrupted = invocation.input.includes('\x03');
      if (invocation.status >= 0 && !isInterrupted) await performAlike(stage, invocation);
      else {
        // One Ctrl-C is enough here, and when there is no more input there is no passphrase.
        const terminal = invocation.terminal.replace(/\ngot 3 SIGTERM.*\n$/, '');
        const performed = await stage.perform(invocation);
        const [ours, theirs] = [performed, { ...performed, terminal }].map((one) => comparable(one, true).terminal);
        expect(ours?.startsWith(theirs ?? '-')).toBe(true);
      }
    }
  });
});

test('docker 28 loads keys as we do, but for what it says it loads and does not keep, and what it cannot open', async () => {
  await using stage = await setTrustStage('05-trust-keys-signers');
  await writeEncryptedKeyFiles(stage.home);
  const all = readTranscript('19-key-load-encrypted.txt');
  const fresh = async () => rm(join(stage.home, '.docker/trust/private'), { recursive: true, force: true });
  for (const invocation of all) {
    const { command, input } = invocation;
    const name = /key load (\w+)\.pem/.exec(command)?.[1];
    if (command.startsWith('rm -rf .docker/trust/private')) await fresh();
    else if (name !== undefined && name !== 'k') {
      // docker keeps nothing of the first two and refuses the others; we go on to ask for a new passphrase
      const answers = name === 'modern' ? 'modern-pass\r' : input;
      const performed = await stage.perform({ ...invocation, input: `${answers}${NEW}${NEW}` });
      const as = `${/--name (\w+)/.exec(command)?.[1]} key with ID KEY: \n`;
      const isEncrypted = name !== 'ed';
      const expected = [
        `Loading key from "${name}.pem"...\n`,
        isEncrypted ? 'Enter passphrase for encrypted key: \n' : '',
        name === 'legacy' ? 'Passphrase incorrect. Please retry.\nEnter passphrase for encrypted key: \n' : '',
        `Enter passphrase for new ${as}Repeat passphrase for new ${as}Successfully imported key from ${name}.pem\n`,
      ].join('');
      expect(comparable({ ...performed, status: 0 }, true).terminal).toBe(expected);
      await fresh();
    } else if (isLook(invocation) && command.includes('grep')) await lookAlike(stage, invocation);
    else if (name === 'k') await performAlike(stage, invocation);
  }
});

describe('docker 28 prints the same as we do of two signers, until one of them is removed, by', () => {
  const all = readTranscript('25-signer-remove-not-last.txt');
  const isRemoval = ({ command }: Invocation) => command.startsWith('docker trust signer remove');
  const removals = all.filter(isRemoval);
  test.each(removals.map((removal, i) => ({ removal, what: `${removal.command} (${i + 1} of ${removals.length})` })))(
    '$what',
    async ({ removal }) => {
      await using stage = await setTrustStage('25-signer-remove-not-last');
      for (const invocation of all.slice(0, all.findIndex(isRemoval))) await performAlike(stage, invocation);
      // docker does nothing
      await performFurther(stage, removal, 'Successfully removed carol from sandboxregistry:5000/test/notlast\n\n');
      const inspection = all.at(-1);
      if (!inspection) throw new Error('the recording ends with a look at the signers');
      const stdout = inspection.stdout.replace('alice, carol', 'alice').replace(/^carol .*\n/m, '');
      await performAlike(stage, { ...inspection, stdout });
    },
  );
});
