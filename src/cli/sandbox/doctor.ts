import { ComposeFileError, examineMachine, examineProject } from '../../sandbox/index.ts';
import { type Finding, ok, problem } from '../../trust/index.ts';
import { defineCommand, ExitError, noArguments } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { composeRequest, findProject, planProject } from './project.ts';

/** `doctor`: what of the machine, the compose file and the project is not as it should be, and what to do. */
export const doctor = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Check this machine, the compose file and the sandbox, and say what to do',
  flags: { format: { kind: 'string', help: 'text or json (default text)' } },
  arguments: noArguments,
  parse({ format = 'text' }) {
    if (format !== 'text' && format !== 'json')
      throw new ExitError(1, `unsupported format: ${format}: want text or json`);
    return format;
  },
  async run(format, io) {
    const findings = await examine(io);
    if (format === 'json') printLine(io.stdout, JSON.stringify({ findings }, undefined, 2));
    else for (const finding of findings) printFinding(finding, io);
    return findings.some(({ severity }) => severity === 'problem') ? 1 : 0;
  },
});

async function examine(io: Io): Promise<readonly Finding[]> {
  const file = examineFile(io);
  const { paths } = file.severity === 'problem' ? findProject({ ...io, cwd: '/' }) : findProject(io);
  return [file, ...(await examineMachine(paths)), ...(await examineProject(paths))];
}

function examineFile(io: Io): Finding {
  try {
    const { plan } = planProject(io, { needsFile: false });
    const what = plan.services.map(({ name, kind }) => `${name} (${kind})`).join(', ');
    const { composeFile } = composeRequest(io, []);
    return ok('COMPOSE_FILE', `${composeFile ?? 'Without a compose file, the sandbox of the page'}: ${what}.`);
  } catch (thrown) {
    if (!(thrown instanceof ComposeFileError) && !(thrown instanceof ExitError)) throw thrown;
    return problem('COMPOSE_FILE', thrown.message, 'docs/compose.md says what can be played.');
  }
}

function printFinding({ severity, says, remedy }: Finding, { stdout }: Io): void {
  printLine(stdout, `${severity.padEnd(7)}  ${says}`);
  if (remedy !== undefined) printLine(stdout, `         ${remedy}`);
}
