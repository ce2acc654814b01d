import { expect } from 'vitest';
import type { Terminal } from '../../sandbox/terminal.ts';

/** Talks with the shell of a box in a terminal of 97 columns: its size, a change of it, Ctrl-C, and the shell's status. */
export async function talkWithShell(terminal: Terminal): Promise<void> {
  await terminal.until(/\/ # $/);
  terminal.type('stty size\r');
  await terminal.until(/40 97\r\n\/ # $/);
  terminal.resize(55, 20);
  terminal.type('until [ "$(stty size)" = "20 55" ]; do :; done; echo resized\r');
  await terminal.until(/\r\nresized\r\n\/ # $/);
  terminal.type("sh -c 'echo begun; exec sleep 60'\r");
  await terminal.until(/\r\nbegun\r\n/);
  terminal.type('\x03');
  await terminal.until(/\/ # $/);
  terminal.type('exit 5\r');
  expect(await terminal.exit).toBe(5);
}
