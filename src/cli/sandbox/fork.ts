import { controlFork, findRecord, forkHeld, parseProjectName, projectPaths, sandboxHome } from '../../sandbox/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { findProject } from './project.ts';
import { sandboxUp } from './up.ts';

/** `fork`: the same services, with the state as it is now, under another name, beside this one. */
export const fork = defineCommand({
  usage: '[OPTIONS] PROJECT',
  summary: 'Start a copy of this sandbox, with all its state, under another name',
  flags: { 'no-start': { kind: 'boolean', help: 'Copy the state, and start nothing' } },
  arguments: exactly(1),
  parse: ({ 'no-start': isOnlyCopied = false }, [name = '']) => ({ isOnlyCopied, name: parseProjectName(name) }),
  async run({ isOnlyCopied, name }, io) {
    const { paths } = findProject(io);
    if (name === paths.project) throw new ExitError(1, `${name} is this project; a copy needs another name`);
    if (await findRecord(paths)) await controlFork(paths, name);
    else await forkHeld(undefined, paths, projectPaths(sandboxHome(io.env), name));
    printLine(io.stderr, ` ✔ Project ${name}  Copied from ${paths.project}`);
    if (isOnlyCopied) return 0;
    const { TRUSTSANDBOX_PROJECT: _own, ...env } = io.env;
    const status = await sandboxUp.run(sandboxUp.parse({}, []), { ...io, env: { ...env, COMPOSE_PROJECT_NAME: name } });
    printLine(io.stderr, `Commands are for it with COMPOSE_PROJECT_NAME=${name}, or ${io.program} compose -p ${name}`);
    return status;
  },
});
