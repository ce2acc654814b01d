import { rm } from 'node:fs/promises';
import { controlDown, findRecord } from '../../sandbox/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { findProject } from './project.ts';

/** `compose down`: data stays unless `-v`. */
export const composeDown = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Stop and remove containers, networks',
  aliases: ['compose down'],
  flags: {
    volumes: { kind: 'boolean', short: 'v', help: 'Remove volumes too: images, signatures, keys, everything' },
  },
  arguments: noArguments,
  parse: ({ volumes = false }) => ({ removesVolumes: volumes }),
  async run({ removesVolumes }, io) {
    const { paths } = findProject(io);
    const running = await findRecord(paths);
    if (running) await controlDown(paths);
    for (const { containerName } of running?.services ?? [])
      printLine(io.stderr, ` ✔ Container ${containerName}  Removed`);
    if (removesVolumes) {
      await rm(paths.root, { recursive: true, force: true });
      printLine(io.stderr, ` ✔ Volumes of ${paths.project}  Removed`);
    } else if (!running) printLine(io.stderr, `nothing runs in the project ${paths.project}`);
    return 0;
  },
});
