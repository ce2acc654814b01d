import type { JsonObject } from '../../core/index.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';

/** What an Engine says of itself, or why it says nothing. */
export interface AskedVersion {
  readonly context: string;
  readonly apiVersion?: string;
  readonly server?: JsonObject;
  readonly error?: unknown;
}

export async function askVersion(io: Io): Promise<AskedVersion> {
  let context = 'default';
  let isThere = false;
  try {
    return await withEngine(io, async ({ engine, surroundings }) => {
      isThere = true;
      context = surroundings.context.name;
      return { context, server: await engine.version(), apiVersion: await engine.connection.apiVersion() };
    });
  } catch (error) {
    if (!isThere) throw error; // no Engine is meant, and there is nothing to say of a client
    return { context, error };
  }
}
