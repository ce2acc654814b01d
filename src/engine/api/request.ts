import type { Context } from 'hono';
import type { NodeEnv } from '../../http/index.ts';
import { splitVersion } from './api-version.ts';

/** Minor number of the API version asked for. */
export function minorOf(c: Context<NodeEnv>): number {
  return splitVersion(new URL(c.req.url).pathname).minor;
}

/** Aborts when the client goes away before it has had the whole answer. */
export function abortOnClose(c: Context<NodeEnv>): AbortSignal {
  const gone = new AbortController();
  const { outgoing } = c.env;
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Whether a yes-or-no parameter says yes, by dockerd's rule: everything that is not a known no. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}
