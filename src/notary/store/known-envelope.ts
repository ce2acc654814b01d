import { type Envelope, parseEnvelope } from '../../tuf/index.ts';

/** What was signed here, by its very bytes, as long as somebody has these. */
const known = new WeakMap<Uint8Array, Envelope>();

/** As `parseEnvelope`, but for what was signed here, which need not be read again. @throws {MetadataMalformedError} */
export function envelopeOf(bytes: Buffer): Envelope {
  return known.get(bytes) ?? parseEnvelope(bytes);
}

export function rememberEnvelope(envelope: Envelope): void {
  known.set(envelope.bytes, envelope);
}
