import type { Publish } from '../event-log.ts';
import type { EngineHost } from '../host/host.ts';

/** Tells of the host's containers in the Engine's event stream. Returns what ends it. */
export function relayHostEvents(host: EngineHost, publish: Publish): () => void {
  return host.subscribe(({ action, id, exitCode }) => {
    const container = host.containers().find((one) => one.id === id);
    if (!container) return;
    const { image, name, labels } = container;
    const code = exitCode === undefined ? {} : { exitCode: String(exitCode) };
    publish({ type: 'container', action, id, attributes: { ...labels, ...code, image, name } });
  });
}
