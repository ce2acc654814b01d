import type { Lesson } from './lesson.ts';
import { pushSigned } from './stage-error.ts';
import { checkReport } from './trust-report.ts';

const COPY = 'root-backup.pem';

/** What each key does: who signs every day does not need the root key. */
export const offlineRoot: Lesson = {
  name: 'offline-root',
  title: 'What each key does: the root key goes into the safe',
  hasKeys: true,
  task: ({ repository }) => `\
${repository}:1 is signed, and both its keys lie in this client. Whoever takes the root key is you, for good; so it
should not lie where images are built.

Look which keys there are. Write a copy of the root key to ${COPY} in this folder, remove the key from the client, and then sign
tag 2 (the same image will do): you will see that it works without. The root key is only needed to begin repositories and to
replace keys.`,
  hints: ({ repository }) => [
    'docker trust key list shows the keys that are here, and what each is for.',
    `docker trust key export writes a key, still encrypted, to a file; docker trust key remove takes it away. Both take the key's id.`,
    `ID=$(docker trust key list | awk '$2 == "root" { print $1 }')
docker trust key export -o ${COPY} $ID
docker trust key remove -y $ID
docker tag docker/trusttest ${repository}:2 && docker push ${repository}:2`,
  ],
  reading: [
    'docs/trust-keys.md: all that can be done with keys: requests for signatures, so that a root key never meets a network; backups; tokens',
  ],
  async prepare(stage) {
    await pushSigned(stage, '1');
    return {};
  },
  goals: [
    {
      text: 'the root key is not in the client any more',
      async check(stage) {
        const { stdout } = await stage.run('docker trust key list');
        return /\sroot\s/.test(stdout) ? 'docker trust key list still shows it' : undefined;
      },
    },
    {
      text: `an encrypted copy of it is in ${COPY}`,
      async check(stage) {
        const { status, stdout } = await stage.run(`cat ${COPY}`);
        if (status !== 0) return 'there is no such file';
        if (!/ENCRYPTED/.test(stdout)) return 'it is not encrypted';
        return /^role: root$/m.test(stdout) ? undefined : 'that is another key';
      },
    },
    {
      text: 'tag 2 is signed',
      check: (stage) => checkReport(stage, ({ tags }) => (tags.has('2') ? undefined : 'it is not')),
    },
  ],
};
