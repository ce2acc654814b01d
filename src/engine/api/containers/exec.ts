import { Readable } from 'node:stream';
import { isJsonObject, type JsonObject, parseJson } from '../../../core/index.ts';
import { type NodeApp, readBody } from '../../../http/index.ts';
import type { HostProcess } from '../../host/process.ts';
import { BadParameterError, bytesReply, jsonReply } from '../reply.ts';
import { minorOf } from '../request.ts';
import type { EngineApiSettings } from '../settings.ts';
import { type ExecSessions, execJson, parseSize, sizeOf } from './exec-sessions.ts';
import { getContainer } from './lookup.ts';
import { outputOf } from './output.ts';

export const MAX_EXEC_BYTES = 1024 * 1024;

/** Commands in containers (Engine API v1.51, "Exec"). One that is started by an upgrade is hijacked elsewhere. */
export function routeExec(app: NodeApp, { host }: EngineApiSettings, execs: ExecSessions): void {
  app.post('/containers/:name/exec', async (c) => {
    const container = getContainer(host, c.req.param('name'));
    const body = parseObject(await readBody(c.env.incoming, MAX_EXEC_BYTES));
    return jsonReply({ Id: execs.create(container, body).id }, 201);
  });
  app.get('/exec/:id/json', (c) => jsonReply(execJson(execs.get(c.req.param('id')))));
  app.post('/exec/:id/start', async (c) => {
    const session = execs.get(c.req.param('id'));
    const body = parseObject(await readBody(c.env.incoming, MAX_EXEC_BYTES));
    const process = await execs.start(session, parseSize(body.ConsoleSize));
    process.stdin?.end(); // nothing more can come on a connection that was not given over
    if (body.Detach === true) {
      discard(process);
      return new Response(null, { status: 200 });
    }
    const output = Readable.from(outputOf(process), { objectMode: false });
    return bytesReply(output, execStreamType(session.hasTerminal, minorOf(c)));
  });
  app.post('/exec/:id/resize', async (c) => {
    const { state } = execs.get(c.req.param('id'));
    const size = sizeOf(Number(c.req.query('h')), Number(c.req.query('w')));
    if (!size) throw new BadParameterError('invalid size of a terminal');
    if (state.kind === 'running') await state.process.resize(size);
    return new Response(null, { status: 200 });
  });
}

/** Media type of a command's output: bytes as they come from a terminal, frames otherwise. */
export function execStreamType(hasTerminal: boolean, minor: number): string {
  return hasTerminal || minor < 42 ? 'application/vnd.docker.raw-stream' : 'application/vnd.docker.multiplexed-stream';
}

/** @throws {BadParameterError | JsonMalformedError} */
export function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.byteLength === 0) return {};
  const value = parseJson(bytes, { maxBytes: MAX_EXEC_BYTES });
  if (!isJsonObject(value)) throw new BadParameterError('invalid JSON: not an object');
  return value;
}

function discard({ stdout, stderr }: HostProcess): void {
  stdout.resume();
  stderr?.resume();
}
