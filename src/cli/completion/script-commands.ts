import { type Command, defineCommand, noArguments } from '../command.ts';
import { bashScript } from './bash-script.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

const scriptCommand = (shell: string, howTo: string, script: (program: string, hasHelp: boolean) => string): Command =>
  defineCommand({
    usage: '',
    summary: `Generate the autocompletion script for the ${shell} shell.\n\n${howTo}`,
    flags: { 'no-descriptions': { kind: 'boolean', help: 'disable completion descriptions' } },
    arguments: noArguments,
    parse: (flags) => ({ hasHelp: !(flags['no-descriptions'] ?? false) }),
    async run({ hasHelp }, io) {
      io.stdout.write(script(io.program, hasHelp));
      return 0;
    },
  });

/** `completion bash` */
export const completionBash = scriptCommand(
  'bash',
  'For this session:\n\n\tsource <(docker completion bash)\n\nFor every session (Linux):\n\n\tdocker completion bash > /etc/bash_completion.d/docker',
  bashScript,
);

/** `completion zsh` */
export const completionZsh = scriptCommand(
  'zsh',
  'For this session (compinit must have run):\n\n\tsource <(docker completion zsh)\n\nFor every session:\n\n\tdocker completion zsh > ~/.zsh/completions/_docker    # a folder of fpath',
  zshScript,
);

/** `completion fish` */
export const completionFish = scriptCommand(
  'fish',
  'For this session:\n\n\tdocker completion fish | source\n\nFor every session:\n\n\tdocker completion fish > ~/.config/fish/completions/docker.fish',
  fishScript,
);
