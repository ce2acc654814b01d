import { type Descriptor, digestAlgorithm, digestOf } from '../core/index.ts';
import { ConfigPullError, ContentMismatchError } from './content-errors.ts';
import type { DownloadContext } from './download.ts';
import { MAX_CONFIG_BYTES } from './image-config.ts';
import { isFinal } from './retry.ts';

/**
 * Brings an image's config into the store, verified against its digest; tried again on docker's schedule.
 * @throws {ConfigPullError}
 */
export async function pullConfig(context: DownloadContext, config: Descriptor): Promise<Buffer> {
  const { retry, signal, blobs } = context;
  for (let tries = 0; ; tries += 1) {
    try {
      const bytes = await fetchConfig(context, config);
      await blobs.put(bytes, digestAlgorithm(config.digest));
      return bytes;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ContentMismatchError) throw new ConfigPullError(thrown);
      const delay = retry.configDelaysSeconds[tries];
      if (delay === undefined || isFinal(thrown)) {
        const attempts = delay === undefined ? tries + 2 : tries + 1; // docker counts one more when it gives up
        const { message: reason } = thrown as Error;
        throw new ConfigPullError(
          new Error(`download failed after attempts=${attempts}: ${reason}`, { cause: thrown }),
        );
      }
      await retry.wait(delay * 1000, signal);
    }
  }
}

async function fetchConfig({ client, name, signal }: DownloadContext, config: Descriptor): Promise<Buffer> {
  if (config.size > MAX_CONFIG_BYTES) throw new ContentMismatchError('image config', config.digest);
  const { body } = await client.getBlob(name, config.digest, 0, signal);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > config.size) throw new ContentMismatchError('image config', config.digest);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks, length);
  if (digestOf(bytes, digestAlgorithm(config.digest)) !== config.digest) {
    throw new ContentMismatchError('image config', config.digest);
  }
  return bytes;
}
