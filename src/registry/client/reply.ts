import { isJsonObject, JsonMalformedError, type JsonValue, parseJson } from '../../core/index.ts';
import { type RegistryProblem, RegistryProtocolError, RegistryRefusedError, RegistryStatusError } from './errors.ts';
import type { TransportReply } from './transport.ts';

const MAX_ERROR_BYTES = 64 * 1024;

/** Gathers a small body. @throws {RegistryProtocolError} more than `maxBytes` */
export async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new RegistryProtocolError(`answer is larger than the ${maxBytes} bytes allowed here`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/**
 * Reads why a request was refused (distribution-spec v1.1, "Error Codes"). Bodies of 5xx are left aside, as docker
 * leaves them: only the status is told.
 */
export async function refusal(reply: TransportReply): Promise<RegistryRefusedError | RegistryStatusError> {
  if (reply.status < 400 || reply.status >= 500) {
    await reply.dump();
    return new RegistryStatusError(reply.status, reply.statusText);
  }
  const problems = parseProblems(await readBounded(reply.body, MAX_ERROR_BYTES).catch(() => Buffer.of()));
  if (problems.length > 0) return new RegistryRefusedError(reply.status, problems);
  if (reply.status === 401) {
    return new RegistryRefusedError(401, [{ code: 'UNAUTHORIZED', message: 'authentication required' }]);
  }
  return new RegistryStatusError(reply.status, reply.statusText);
}

function parseProblems(bytes: Uint8Array): RegistryProblem[] {
  const body = tryParse(bytes);
  const errors = isJsonObject(body) && Array.isArray(body.errors) ? (body.errors as readonly JsonValue[]) : [];
  return errors.filter(isJsonObject).map(({ code, message }) => ({
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: typeof message === 'string' ? message : '',
  }));
}

function tryParse(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(bytes, { maxBytes: MAX_ERROR_BYTES });
  } catch (thrown) {
    if (thrown instanceof JsonMalformedError) return undefined;
    throw thrown;
  }
}
