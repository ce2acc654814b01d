import { TrustSandboxError } from '../../core/index.ts';
import type { FlagSpecs, Flags } from '../flags.ts';
import type { Io } from '../io.ts';
import type { Surroundings } from '../surroundings.ts';
import type { GlobalFlags } from './global-flags.ts';

/** Finds out whose files and which names are meant. */
export type FindSurroundings = (io: Io) => Promise<Surroundings>;

/** How a command of `notary` was called: the process, and what stands for all commands. */
export interface NotaryCall {
  readonly io: Io;
  readonly global: GlobalFlags;
  readonly findSurroundings: FindSurroundings;
}

/** One command of `notary`: its help, and what it does. */
export interface NotaryCommandSpec<S extends FlagSpecs> {
  /** Its name and arguments: `add [ GUN ] <target> <file>`. */
  readonly usage: string;
  readonly long: string;
  readonly flags: S;
  /** Errors thrown are printed as notary prints them, and end the program with 1. */
  run(flags: Flags<S>, args: readonly string[], call: NotaryCall): Promise<void>;
}

/** A command whose types are closed up inside it. */
export type NotaryCommand = NotaryCommandSpec<FlagSpecs>;

export function defineNotaryCommand<const S extends FlagSpecs>(spec: NotaryCommandSpec<S>): NotaryCommand {
  return spec as unknown as NotaryCommand; // flags are parsed by the same specs
}

export interface NotaryLeaf {
  readonly short: string;
  readonly load: () => Promise<NotaryCommand>;
}

export interface NotaryGroup {
  readonly short: string;
  readonly long: string;
  readonly commands: Readonly<Record<string, NotaryLeaf | NotaryGroup>>;
}

/** A command of `notary` cannot do what it was asked, in the words to print. */
export class NotaryCommandError extends TrustSandboxError {
  readonly code: string = 'NOTARY_COMMAND';
}

/** It was called with too few arguments, or too many: its usage is printed first. */
export class NotaryUsageError extends NotaryCommandError {
  override readonly code = 'NOTARY_USAGE';
}

/** Somebody decided against it. */
export class NotaryAbortedError extends NotaryCommandError {
  override readonly code = 'NOTARY_ABORTED';
  constructor() {
    super('Aborting action.');
  }
}
