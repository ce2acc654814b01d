import type { ImageReference } from '../../core/index.ts';
import type { StreamMessage } from '../progress.ts';
import type { PushWitnesses } from './pushed-digest.ts';

/** What signing needs besides trust data: the local image, and who is logged in. */
export interface ImageSource {
  /** @throws {EngineResponseError} there is no such image */
  inspectImage(name: string): Promise<unknown>;
  pushImage(reference: ImageReference): Promise<AsyncIterable<StreamMessage>> | AsyncIterable<StreamMessage>;
  /** '' when nobody is. */
  findUsername(domain: string): Promise<string>;
  readonly witnesses?: PushWitnesses;
}
