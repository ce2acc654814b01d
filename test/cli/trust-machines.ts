import { generateKey } from '../../src/cli/trust/key-generate.ts';
import { addSigner } from '../../src/cli/trust/signer-add.ts';
import { openRepository, openTrustContext, type TrustContext } from '../../src/cli/trust/trust-context.ts';
import { type Clock, parseImageReference } from '../../src/core/index.ts';
import { RELEASES, type TrustRepository } from '../../src/trust/index.ts';
import { type RoleName, TARGETS } from '../../src/tuf/index.ts';
import { type NotaryStage, type StageOutcome, setNotaryStage } from '../notary-stage.ts';

/** The repository that these tests are about. */
export const R = 'example.com/team/app';
export const ALICE = 'targets/alice' as RoleName;
export const file = { length: 730, hashes: new Map([['sha256', Buffer.alloc(32, 1)]]), extra: {} };

const START = new Date('2026-11-23T05:00:00Z');

/** docker's side of things, on a machine of its own. */
export interface Machine {
  readonly context: TrustContext;
  readonly repository: TrustRepository;
  said(): StageOutcome;
}

/** Machines with a trust directory each, and one Notary server of ours. */
export interface Machines extends AsyncDisposable {
  readonly stage: NotaryStage;
  readonly clock: Clock & { set(time: Date): void };
  at(...names: string[]): string;
  machine(name?: string, input?: string): Promise<Machine>;
  /** A repository with a signer, who has signed `v1`; on the machine where all its keys are. */
  signed(): Promise<Machine>;
  addSigner(name: string, machine: Machine): Promise<void>;
  /** The role that a stranger finds a target in. */
  targets(name: string): Promise<string>;
}

export async function openMachines(): Promise<Machines> {
  const stage = await setNotaryStage();
  stage.clock.set(START);
  const machine: Machines['machine'] = async (name = 'one', input = '') => {
    const io = stage.io({
      program: 'docker',
      input,
      env: {
        DOCKER_CONFIG: stage.at(name),
        DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443',
        DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'sandbox-passphrase',
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'sandbox-passphrase',
      },
    });
    const surroundings = { ...stage.surroundings, dockerConfig: stage.at(name) };
    const context: TrustContext = { ...(await openTrustContext(io)), surroundings };
    const repository = await openRepository(context, parseImageReference(R));
    return { context, repository, said: () => io.outcome(0) };
  };
  const add: Machines['addSigner'] = async (name, { context }) => {
    await generateKey(name, undefined, context);
    await addSigner(name, [R], [stage.at(`${name}.pub`)], context);
  };
  return {
    stage,
    clock: stage.clock,
    at: stage.at,
    machine,
    addSigner: add,
    async signed() {
      const admin = await machine();
      await add('alice', admin);
      await admin.repository.addTarget('v1', file, [ALICE, RELEASES]);
      await admin.repository.publish();
      return admin;
    },
    async targets(name) {
      return (await (await machine('stranger')).repository.getTarget(name, [RELEASES, TARGETS])).role;
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
