import { request } from 'node:https';
import { connect } from 'node:net';
import { startOurServer } from './our-program.ts';
import { type PeerServer, startServer } from './server.ts';
import type { Workspace } from './workspace.ts';

/** Starts a Notary server by a configuration file and variables. */
export type StartNotary = (
  workspace: Workspace,
  config: string,
  options: { readonly env?: Readonly<Record<string, string>>; readonly isReady: () => Promise<boolean> },
) => Promise<PeerServer>;

const startTheirs: StartNotary = (workspace, config, { env = {}, isReady }) =>
  startServer('notary-server', ['-config', config], {
    logFile: workspace.at('theirs.log'),
    env: { HOME: workspace.path, ...env },
    isReady,
  });

const startOurs: StartNotary = (workspace, config, options) => startOurServer(workspace, 'notary', config, options);

/** Debian's notary-server, and ours. */
export const BOTH_NOTARIES: readonly StartNotary[] = [startTheirs, startOurs];

/** An answer as it came, without what differs from second to second. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Names of headers that are the sender's own business. */
const PASSING: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** Sends bytes to a server in plain HTTP, reads until it closes, and takes the answer apart. Bodies in chunks are put together. */
export function askRaw(
  address: { readonly host: string; readonly port: number },
  sent: string | Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => socket.write(sent));
    const chunks: Buffer[] = [];
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString('latin1'))));
  });
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const body = text.slice(end + 4);
  const isChunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  return {
    status: Number(/^HTTP\/1\.[01] (\d+)/.exec(first)?.[1] ?? 0),
    headers: Object.fromEntries(headers.filter(([name]) => !PASSING.has(name))),
    body: isChunked ? joinChunks(body) : body,
  };
}

function joinChunks(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!size) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** What a request over TLS is answered, `status` 0 when the connection is refused. */
export function askSecurely(
  address: { readonly host: string; readonly port: number; readonly ca: string },
  path: string,
  client: { readonly cert?: string; readonly key?: string } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const sent = request({ ...address, ...client, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const headers = Object.entries(response.headers).filter(([name]) => !PASSING.has(name));
        const body = String(Buffer.concat(chunks));
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(headers) as Record<string, string>,
          body,
        });
      });
    });
    sent.on('error', () => resolve({ status: 0, headers: {}, body: '' })).end();
  });
}
