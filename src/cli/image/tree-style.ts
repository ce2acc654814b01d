import type { Output } from '../io.ts';

/** Puts a text in colour. */
export type Paint = (text: string) => string;

/** How docker CLI 28 colours a tree (`internal/tui`); the legend with its width on the screen. */
export interface TreeStyle
  extends Readonly<Record<'warning' | 'heading' | 'name' | 'untagged' | 'plain' | 'missing' | 'chip', Paint>> {
  readonly noChip: string;
  readonly chipWidth: number;
  readonly legend: string;
  readonly legendWidth: number;
}

/** Colours, in a terminal; headings are in bold everywhere, as with docker. */
export function treeStyle({ isTerminal }: Output): TreeStyle {
  const inTerminal =
    (before: string): Paint =>
    (text) =>
      isTerminal ? `${before}${text}\x1b[0m` : text;
  const chip: Paint = (text) => (isTerminal ? `\x1b[38;5;0m\x1b[48;5;14m ${text} \x1b[0m` : text);
  const info = isTerminal ? '\x1b[1m\x1b[106m\x1b[30mi\x1b[0m\x1b[0m \x1b[96mInfo → \x1b[0m\x1b[0m' : ' Info -> ';
  return {
    warning: inTerminal('\x1b[93m'),
    heading: (text) => `\x1b[39m\x1b[1m${text}\x1b[0m`,
    name: inTerminal('\x1b[34m\x1b[1m'),
    untagged: inTerminal('\x1b[39m\x1b[2m'),
    plain: inTerminal('\x1b[39m'),
    missing: inTerminal('\x1b[39m\x1b[2m'),
    chip,
    noChip: isTerminal ? '   ' : ' ',
    chipWidth: isTerminal ? 3 : 1,
    legend: `${info} ${chip('U')} In Use `,
    legendWidth: ' Info ->  U In Use '.length + (isTerminal ? 2 : 0),
  };
}
