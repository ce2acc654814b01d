import type { NotaryGroup, NotaryLeaf } from './command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

/** Where the words of a command line lead. */
export interface FoundCommand {
  /** The words that name the command. */
  readonly words: readonly string[];
  readonly node: NotaryGroup | NotaryLeaf;
  /** Everything else, in order: flags that stood before the command's name included. */
  readonly rest: readonly string[];
}

const TAKES_VALUE: ReadonlySet<string> = new Set(
  Object.entries(GLOBAL_FLAGS).flatMap(([name, spec]) => {
    if (spec.kind === 'boolean') return [];
    return 'short' in spec ? [`--${name}`, `-${spec.short}`] : [`--${name}`];
  }),
);

/** Follows the words of `argv` down the tree; flags may stand between them, with their values. */
export function findCommand(root: NotaryGroup, argv: readonly string[]): FoundCommand {
  const words: string[] = [];
  const rest: string[] = [];
  let node: NotaryGroup | NotaryLeaf = root;
  for (let place = 0; place < argv.length; place += 1) {
    const argument = argv[place] ?? '';
    if (argument.startsWith('-') && argument !== '-' && argument !== '--') {
      rest.push(argument);
      if (TAKES_VALUE.has(argument) && place + 1 < argv.length) {
        place += 1;
        rest.push(argv[place] ?? '');
      }
      continue;
    }
    const next = childOf(node, argument);
    if (!next) return { words, node, rest: [...rest, ...argv.slice(place)] };
    words.push(argument);
    node = next;
  }
  return { words, node, rest };
}

function childOf(node: NotaryGroup | NotaryLeaf, name: string): NotaryGroup | NotaryLeaf | undefined {
  return 'commands' in node && Object.hasOwn(node.commands, name) ? node.commands[name] : undefined;
}
