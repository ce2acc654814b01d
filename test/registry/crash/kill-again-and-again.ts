import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from './random.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { Traffic } from './traffic.ts';
import { TreeVerifier } from './verify-tree.ts';

const CLIENTS = 4;
/** The longest that a server lives under load. */
const MAX_LIFE_MS = 120;

/**
 * Kills a server of the tree at `root` at random instants while it is pushed to, so many times. After each kill the tree is
 * looked through, then another server has to keep what the killed one has promised, and to finish what it had begun.
 * @throws when anything is not as it should be, with the seed
 */
export async function killAgainAndAgain(
  program: string,
  root: string,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): Promise<void> {
  const random = new SeededRandom(seed);
  const traffic = new Traffic(random);
  const verifier = new TreeVerifier(root);
  let server: ServerProcess = await startServerProcess(program, [root]);
  for (let kill = 1; kill <= kills; kill += 1) {
    const busy = traffic.run(server.port, CLIENTS);
    await Promise.race([busy, sleep(1 + random.below(MAX_LIFE_MS))]);
    await server.kill();
    await busy;
    const faults = verifier.faults();
    if (faults.length > 0) throw new Error(`after kill ${kill} of seed ${seed}:\n${faults.join('\n')}`);
    server = await startServerProcess(program, [root]);
    await traffic.resume(server.port);
  }
  await server.kill();
}
