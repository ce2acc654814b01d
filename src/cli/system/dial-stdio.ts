import { pipeline } from 'node:stream/promises';
import { openRawConnection } from '../../engine/client/index.ts';
import { type Command, defineCommand, noArguments } from '../command.ts';
import { findEndpoint } from '../engine-endpoint.ts';
import { findSurroundings } from '../surroundings.ts';

/** `system dial-stdio`: our input and output as a connection to the Engine, for a client at the other end of ssh. */
export const dialStdio: Command = defineCommand({
  usage: '',
  summary: 'Proxy the stdio stream to the daemon connection. Should not be invoked manually.',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    const connection = await openRawConnection(await findEndpoint(io, await findSurroundings(io)));
    io.signal.addEventListener('abort', () => connection.destroy());
    const toEngine = pipeline(io.stdin.raw, connection);
    try {
      for await (const chunk of connection as AsyncIterable<Uint8Array>) await io.stdout.writeBytes(chunk);
    } finally {
      connection.destroy();
      await toEngine.catch(() => undefined); // the Engine has closed, or the client has gone
      io.stdin.raw.destroy();
    }
    return 0;
  },
});
