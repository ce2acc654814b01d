import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { containerClient } from './container-client.ts';

const LETTERS = ['C', 'A', 'D'] as const; // modified, added, deleted (Engine API v1.50, `ChangeType`)

/** `container diff`, and `diff`. */
export const diff = defineCommand({
  usage: 'CONTAINER',
  summary: "Inspect changes to files or directories on a container's filesystem",
  aliases: ['container diff', 'diff'],
  flags: {},
  arguments: exactly(1),
  parse: (_, [name = '']) => name,
  async run(name, io) {
    if (name === '') throw new ExitError(1, 'Container name cannot be empty');
    const path = (engine: Parameters<typeof containerClient>[0]) => containerClient(engine, name).path('/changes');
    const changes = await withEngine(io, ({ engine }) => engine.connection.json({ method: 'GET', path: path(engine) }));
    const items: readonly JsonValue[] = Array.isArray(changes) ? changes : [];
    for (const { Kind: kind, Path: file } of items.filter(isJsonObject)) {
      printLine(io.stdout, `${LETTERS[Number(kind)] ?? '?'} ${String(file)}`);
    }
    return 0;
  },
});
