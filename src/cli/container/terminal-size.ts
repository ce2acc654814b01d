import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../engine/client/index.ts';
import type { Io } from '../io.ts';

const MAX_TRIES = 10;
const PAUSE_MS = 10;

/**
 * Tells an Engine the size of our terminal, now and whenever it changes, until disposed of. `path` is that of a resize
 * (Engine API v1.50, `ExecResize`, `ContainerResize`). What runs there may take a moment to have a terminal.
 */
export function followSize(io: Io, engine: EngineClient, path: string): Disposable {
  const resize = async (): Promise<boolean> => {
    const size = io.terminalSize();
    if (!size || size.rows === 0 || size.columns === 0) return true;
    const query = { h: String(size.rows), w: String(size.columns) };
    try {
      (await engine.connection.send({ method: 'POST', path, query })).resume();
      return true;
    } catch {
      return false; // nothing that a terminal of another size would be worth failing for
    }
  };
  void (async () => {
    for (let tries = 1; tries <= MAX_TRIES && !(await resize()); tries += 1) await sleep(PAUSE_MS * tries);
  })();
  return io.onResize(() => void resize());
}
