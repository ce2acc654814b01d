import type { IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { EngineProtocolError } from './errors.ts';

const MAX_LINE_CHARACTERS = 1024 * 1024;

/**
 * The objects of an Engine's stream, as they come (Docker Engine API v1.50, `ImageCreate`: JSON, CR LF between).
 * @throws {EngineProtocolError} the connection broke, or what came is no JSON
 */
export async function* streamObjects(reply: IncomingMessage): AsyncGenerator<JsonObject> {
  for await (const line of streamLines(reply)) yield parseLine(line);
}

/** The lines of a stream, but for empty ones. @throws {EngineProtocolError} the connection broke, or a line does not end */
export async function* streamLines(reply: IncomingMessage): AsyncGenerator<string> {
  reply.setEncoding('utf8');
  let rest = '';
  try {
    for await (const text of reply as AsyncIterable<string>) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new EngineProtocolError('a line of the stream does not end');
      for (const line of lines) if (line.trim() !== '') yield line;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ECONNRESET') throw cause;
    throw new EngineProtocolError('unexpected EOF', { cause });
  }
  if (rest.trim() !== '') yield rest;
}

function parseLine(line: string): JsonObject {
  const value = parseJson(line);
  if (!isJsonObject(value)) throw new EngineProtocolError('stream has something that is no object');
  return value;
}
