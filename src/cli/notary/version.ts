import { packageVersion } from '../../core/index.ts';
import { defineNotaryCommand } from './command.ts';

/** The client whose commands these are. */
const NOTARY = '0.7.0';
const BUILD = `trustsandbox-${packageVersion}`;
const RUN_TIME = `none (Node.js ${process.version})`;

/** What `notary --version` prints. */
export const versionLine = (): string => `notary Version: ${NOTARY}, Git commit: ${BUILD}, Go version: ${RUN_TIME}\n`;

/** `notary version`. */
export const version = defineNotaryCommand({
  usage: 'version',
  long: 'Show the version',
  flags: {},
  async run(_, __, { io }) {
    io.stdout.write(`notary\n Version:    ${NOTARY}\n Git commit: ${BUILD}\n Go version: ${RUN_TIME}\n`);
  },
});
