import { errorMessage, TrustSandboxError } from '../core/index.ts';
import type { MetadataQuery } from '../notary/client/index.ts';
import type { RoleName } from '../tuf/index.ts';
import { TooSlowError } from './errors.ts';
import type { TraceSink } from './trace.ts';
import type { TrustServer } from './trust-server.ts';

/** The same server, with an end to how long it may take, and somebody told of each file. */
export function watchedServer(
  server: TrustServer,
  { updateMs, trace }: { readonly updateMs: number; readonly trace: TraceSink | undefined },
): TrustServer {
  const deadline = Number.isFinite(updateMs) ? AbortSignal.timeout(updateMs) : undefined;
  if (!deadline && !trace) return server;
  return {
    host: server.host,
    getKey: (...args) => server.getKey(...args),
    rotateKey: (...args) => server.rotateKey(...args),
    publish: (...args) => server.publish(...args),
    deleteCollection: (...args) => server.deleteCollection(...args),
    async getMetadata(gun, role, query = {}) {
      const file = describeFile(role, query);
      try {
        const bytes = await server.getMetadata(gun, role, { ...query, ...(deadline && { signal: deadline }) });
        deadline?.throwIfAborted();
        trace?.({ kind: 'fetch', file, bytes: bytes.length, code: undefined, reason: undefined });
        return bytes;
      } catch (thrown) {
        const cause = deadline?.aborted ? new TooSlowError(file, updateMs, { cause: thrown }) : thrown;
        const code = cause instanceof TrustSandboxError ? cause.code : 'UNKNOWN';
        trace?.({ kind: 'fetch', file, bytes: undefined, code, reason: errorMessage(cause) });
        throw cause;
      }
    },
  };
}

function describeFile(role: RoleName, { sha256, version }: MetadataQuery): string {
  if (version !== undefined) return `${role}, version ${version}`;
  return sha256 === undefined ? `${role}, the current one` : `${role}, sha256 ${sha256}`;
}
