import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { addSigner } from '../../src/cli/trust/signer-add.ts';
import { openRepository, openTrustContext, type TrustContext } from '../../src/cli/trust/trust-context.ts';
import type { TrustOptions } from '../../src/cli/trust/trust-flags.ts';
import { type ImageReference, parseImageReference } from '../../src/core/index.ts';
import { RELEASES } from '../../src/trust/index.ts';
import type { RoleName } from '../../src/tuf/index.ts';
import type { NotaryStage } from '../notary-stage.ts';

export const R = 'example.com/team/app';
export const START = new Date('2026-11-23T05:00:00Z');
export const DAY_MS = 24 * 60 * 60 * 1000;
export const fileOf = (fill: number) => ({
  length: 730,
  hashes: new Map([['sha256', Buffer.alloc(32, fill)]]),
  extra: {},
});
export const digestText = (fill: number): string => `sha256:${Buffer.alloc(32, fill).toString('hex')}`;
const ALICE = 'targets/alice' as RoleName;

/** Somebody's machine: a trust directory of its own, and what its commands print. */
export async function machine(
  stage: NotaryStage,
  name: string,
  {
    options = {},
    env = {},
    program = 'trustsandbox',
  }: { options?: TrustOptions; env?: Record<string, string>; program?: string } = {},
) {
  const io = stage.io({
    program,
    env: {
      DOCKER_CONFIG: stage.at(name),
      DOCKER_CONTENT_TRUST: '1',
      DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
      DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
      DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
      TRUSTSANDBOX_HOME: stage.at('state'),
      ...env,
    },
  });
  const surroundings = { ...stage.surroundings, dockerConfig: stage.at(name) };
  const context: TrustContext = { ...(await openTrustContext(io, {}, options)), surroundings };
  const repository = (image: string = R) => openRepository(context, parseImageReference(image) as ImageReference);
  return { context, repository, said: () => io.outcome(0) };
}

/** A repository whose tags alice signs, `v1` for `fileOf(1)`. */
export async function signedApp(stage: NotaryStage) {
  stage.clock.set(START);
  const admin = await machine(stage, 'admin');
  await generateKey('alice', undefined, admin.context);
  await addSigner('alice', [R], [stage.at('alice.pub')], admin.context);
  const sign = async (tag: string, fill: number) => {
    const repository = await admin.repository();
    await repository.addTarget(tag, fileOf(fill), [ALICE, RELEASES]);
    await repository.publish();
  };
  await sign('v1', 1);
  const revoke = async (tag: string) => {
    const repository = await admin.repository();
    await repository.removeTarget(tag, [ALICE, RELEASES]);
    await repository.publish();
  };
  return { ...admin, sign, revoke };
}
