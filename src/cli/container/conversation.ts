import type { Duplex } from 'node:stream';
import { readFrames } from '../../engine/client/index.ts';
import type { Io } from '../io.ts';
import { DetachWatch } from './detach-keys.ts';

export interface ConversationOptions {
  /** The other side has a terminal: bytes come as they are, and ours is to echo and edit nothing. */
  readonly hasTerminal: boolean;
  readonly hasInput: boolean;
  readonly detachKeys: readonly number[];
}

/** How it ended: the other side was done, or the user typed the detach keys. */
export type ConversationEnd = 'ended' | 'detached';

/** Carries a hijacked connection: what is typed or piped in goes over, what comes is written out. */
export async function converse(io: Io, socket: Duplex, options: ConversationOptions): Promise<ConversationEnd> {
  const { hasTerminal, hasInput, detachKeys } = options;
  const state: { end: ConversationEnd } = { end: 'ended' };
  const stopInput = hasInput
    ? sendInput(io, socket, hasTerminal ? new DetachWatch(detachKeys) : undefined, () => {
        state.end = 'detached';
        socket.destroy();
      })
    : undefined;
  try {
    if (hasInput && hasTerminal && io.stdin.isTerminal) await keepOutputRaw(io);
    await writeOutput(io, socket, hasTerminal);
  } catch (thrown) {
    if (state.end !== 'detached' && !isHangUp(thrown)) throw thrown;
  } finally {
    stopInput?.();
    socket.destroy();
  }
  return state.end;
}

/** Node's raw mode still turns LF into CR LF on its way out, which the other side's terminal has done already. */
async function keepOutputRaw(io: Io): Promise<void> {
  const environment = { PATH: io.env.PATH ?? '' };
  const program = { file: 'stty', args: ['-opost'], environment, workingFolder: io.cwd, hasInput: true };
  await io.runProgram(program).catch(() => undefined); // without it lines end twice, which hardly shows
}

/** Writes out what comes: bytes as they are of a terminal, frames otherwise. */
export async function writeOutput(
  { stdout, stderr }: Io,
  source: AsyncIterable<Uint8Array>,
  isRaw: boolean,
): Promise<void> {
  if (isRaw) for await (const bytes of source) await stdout.writeBytes(bytes);
  else
    for await (const { stream, bytes } of readFrames(source))
      await (stream === 'stdout' ? stdout : stderr).writeBytes(bytes);
}

/** Sends our input until `stop` is called; its end is the end of our side. */
function sendInput(
  { stdin: { raw, isTerminal } }: Io,
  socket: Duplex,
  watch: DetachWatch | undefined,
  onDetach: () => void,
): () => void {
  const isRaw = watch !== undefined && isTerminal;
  if (isRaw) raw.setRawMode(true);
  const onData = (typed: Buffer): void => {
    const { bytes, isDetached } = watch?.read(typed) ?? { bytes: typed, isDetached: false };
    if (bytes.byteLength > 0 && !socket.write(bytes)) raw.pause();
    if (isDetached) onDetach();
  };
  const onEnd = (): void => void socket.end();
  const onDrain = (): void => void raw.resume();
  socket.on('error', () => undefined).on('drain', onDrain); // told of by whoever reads
  raw.on('data', onData).once('end', onEnd);
  return () => {
    socket.off('drain', onDrain);
    raw.off('data', onData).off('end', onEnd).pause();
    if (isRaw) raw.setRawMode(false);
    raw.unref?.(); // what nobody reads any more must not keep the program
  };
}

/** The other side closed before it had read everything. */
function isHangUp(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ECONNRESET';
}
