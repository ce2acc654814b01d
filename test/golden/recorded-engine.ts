import type { StreamMessage } from '../../src/cli/progress.ts';
import type { JsonObject } from '../../src/core/index.ts';
import { type RecordedExchange, readWire } from './recorded-wire.ts';

/** An Engine that gives its recorded answers again, in the order they were given. */
export interface RecordedEngine {
  pullImage(): AsyncIterable<StreamMessage>;
  pushImage(): AsyncGenerator<StreamMessage & JsonObject>;
  /** Does nothing for an image that was there. */
  inspectImage(name: string): Promise<string>;
}

export function recordedEngine(recording: string): RecordedEngine {
  const exchanges = readWire(`${recording}.docker`);
  async function* stream(path: string): AsyncGenerator<StreamMessage & JsonObject> {
    const at = exchanges.findIndex(({ request }) => request.method === 'POST' && request.path.endsWith(path));
    const [exchange] = at < 0 ? [] : exchanges.splice(at, 1);
    for (const line of answerOf(exchange).split('\r\n')) if (line !== '') yield JSON.parse(line);
  }
  return {
    pullImage: () => stream('/images/create'),
    pushImage: () => stream('/push'),
    async inspectImage(name) {
      const exchange = exchanges.find(({ request }) => request.path.endsWith(`/images/${name}/json`));
      return exchange ? answerOf(exchange) : '{}';
    },
  };
}

function answerOf(exchange: RecordedExchange | undefined): string {
  const { status = 500, body } = exchange?.response ?? {};
  const text = typeof body === 'string' ? body : '';
  if (status !== 200) throw new Error(`Error response from daemon: ${JSON.parse(text || '{}').message}`);
  return text;
}
