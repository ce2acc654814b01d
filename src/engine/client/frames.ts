import { EngineProtocolError } from './errors.ts';

/** What a container or a command in it wrote, and where to. */
export interface StreamFrame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 8;
const STREAMS = ['stdout', 'stdout', 'stderr'] as const; // 0 is input, which dockerd calls by output's name
const SYSTEM_ERROR = 3;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Takes outputs that come over one connection apart (Docker Engine API v1.50, `ContainerAttach`, "Stream format"): number
 * of the stream, three zeros, length in four bytes, then the bytes. They are given on as they come, not frame by frame.
 * @throws {EngineProtocolError} the Engine's own words, or a stream there is none of
 */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<StreamFrame> {
  let header = Buffer.alloc(0);
  let [number, left] = [0, 0];
  let problem = '';
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.byteLength > 0) {
      if (left === 0) {
        const missing = HEADER_BYTES - header.byteLength;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.byteLength < HEADER_BYTES) break;
        [number, left] = [header.readUInt8(0), header.readUInt32BE(4)];
        header = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, left);
      rest = rest.subarray(bytes.byteLength);
      left -= bytes.byteLength;
      const stream = STREAMS[number];
      if (stream) yield { stream, bytes };
      else if (number !== SYSTEM_ERROR) throw new EngineProtocolError(`Unrecognized input header: ${number}`);
      else problem = (problem + bytes.toString('utf8')).slice(0, MAX_ERROR_BYTES);
      if (problem !== '' && left === 0) throw new EngineProtocolError(`error from daemon in stream: ${problem}`);
    }
  }
}
