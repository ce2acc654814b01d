import { expect, test } from 'vitest';
import { formatCanonicalJson, type JsonObject, parseJson } from '../../src/core/index.ts';
import { listRecordedMetadata, readRecording } from './recorded-metadata.ts';

test.each(listRecordedMetadata())('the signed part of %s is canonical as notary wrote it', (file) => {
  const text = readRecording(file).toString('utf8');
  const { signed } = parseJson(text) as { signed: JsonObject };
  expect(text.startsWith(`{"signed":${formatCanonicalJson(signed)},"signatures":[`)).toBe(true);
});
