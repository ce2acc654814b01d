import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FindManifestSize, manifestSizeOf } from '../../src/cli/trust/manifest-size.ts';
import type { FetchManifest } from '../../src/cli/trust/remote-manifest.ts';
import type { TrustOptions } from '../../src/cli/trust/trust-flags.ts';
import { trustedPull } from '../../src/cli/trust/trusted-pull.ts';
import {
  digestOf,
  type ImageReference,
  type JsonObject,
  MEDIA_TYPES,
  parseImageReference,
} from '../../src/core/index.ts';
import { EngineResponseError, EngineUnreachableError } from '../../src/engine/client/index.ts';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';
import { digestText, fileOf, machine, R, signedApp } from './signed-app.ts';

let stage: NotaryStage;
beforeEach(async () => {
  stage = await setNotaryStage();
  await signedApp(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

const SIGNED = fileOf(1).length;

/** A trusted pull of `v1`, of whose manifest somebody says how long it is. */
async function pull(found: number | undefined, options: TrustOptions = {}) {
  const happened: string[] = [];
  const { context, said } = await machine(stage, 'reader', { options });
  const asked = {
    reference: parseImageReference(`${R}:v1`),
    findSize: async () => {
      happened.push('asked');
      return found;
    },
    pull: async ({ digest }: ImageReference) => void happened.push(`pulled ${digest}`),
    tag: async () => void happened.push('tagged'),
  };
  const refused = await trustedPull(asked, context).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
  return { happened, refused, stderr: said().stderr };
}

const PULLED = [`pulled ${digestText(1)}`, 'tagged'];

describe('what was signed for a size that it does not have (T31)', () => {
  test('is refused strictly, before it is pulled, with both sizes and a code', async () => {
    expect(await pull(731)).toMatchObject({
      happened: ['asked'],
      refused: [
        'length of v1 did not match: expected 730 bytes, found 731',
        'length gate: expected 730 bytes, found 731 bytes (TUF_LENGTH_MISMATCH)',
      ].join('\n'),
    });
  });

  test('is pulled in compat, as docker pulls it, and nobody is asked', async () => {
    expect(await pull(731, { verification: 'compat' })).toMatchObject({ happened: PULLED, refused: undefined });
  });

  test('is told of in the trace, as a gate that refused', async () => {
    const { stderr } = await pull(731, { trace: 'text' });
    expect(stderr).toContain(
      'trace: REFUSED v1, length gate: expected 730 bytes, found 731 bytes (TUF_LENGTH_MISMATCH); TUF v1.0.34 §5.7.3\n',
    );
  });
});

test('what has the size that was signed is pulled', async () => {
  expect(await pull(SIGNED)).toMatchObject({ happened: ['asked', ...PULLED], refused: undefined });
});

test('when nobody can tell the size, the pull goes on, and says so', async () => {
  const { happened, stderr } = await pull(undefined);
  expect(happened).toEqual(['asked', ...PULLED]);
  expect(stderr).toContain(`Nobody told the size of ${R}@${digestText(1)}: it was not compared\n`);
});

describe('the size of a manifest', () => {
  const bytes = Buffer.from('{"schemaVersion":2}');
  const reference = { ...parseImageReference('example.com/app'), digest: digestOf(bytes) };
  const registry: FetchManifest = async () => ({ mediaType: MEDIA_TYPES.ociIndex, bytes, digest: digestOf(bytes) });
  const nobody: FetchManifest = () => Promise.reject(new Error('connection refused'));

  function sizeBy(answer: () => Promise<JsonObject>, fetch: FetchManifest): ReturnType<FindManifestSize> {
    const config = { value: {}, path: stage.at('config.json') };
    return manifestSizeOf({ engine: { inspectDistribution: answer }, config }, fetch, stage.io())(reference);
  }
  const says = (digest: string) => async () => ({ Descriptor: { digest, size: 1234 } });
  const refuses = (status: number, reason: string) => () => Promise.reject(new EngineResponseError(status, reason));

  test.each([
    { why: 'what the Engine says', answer: says(reference.digest), fetch: nobody, size: 1234 },
    { why: 'not what it says of another digest', answer: says(digestText(9)), fetch: registry, size: bytes.length },
    {
      why: 'what the registry has, where the Engine cannot be asked',
      answer: refuses(500, 'Path /v1.41/distribution/… is not supported'),
      fetch: registry,
      size: bytes.length,
    },
    { why: 'nothing where the registry cannot be asked either', answer: refuses(404, 'page not found'), fetch: nobody },
    { why: 'nothing where there is no such image', answer: refuses(404, 'manifest unknown'), fetch: registry },
  ])('is $why', async ({ answer, fetch, size }) => {
    expect(await sizeBy(answer, fetch)).toBe(size);
  });

  test('cannot be had from an Engine that is not there, which stops the pull', async () => {
    const gone = () => Promise.reject(new EngineUnreachableError('unix:///nowhere', new Error('ENOENT')));
    await expect(sizeBy(gone, registry)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });
});
