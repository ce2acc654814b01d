/** What a command in the client's box printed, and how it ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a lesson plays: a running sandbox, a repository and a folder that belong to this attempt alone. */
export interface Stage {
  /** `sandboxregistry:5000/lesson/team`. */
  readonly repository: string;
  /** `https://notaryserver:4443`. */
  readonly trustServer: string;
  /** Its folder in the client's box, with a docker configuration of its own: `/root/lessons/team`. */
  readonly folder: string;
  /** Runs a shell command in the client's box, in the folder, with content trust on; keys open with `PASSPHRASE`. */
  run(command: string): Promise<Ran>;
  /** Moves the time of the whole sandbox: `+1100d`. */
  moveClock(by: string): Promise<void>;
}

/** What was so when a lesson began, to compare with: the ids of keys, say. */
export type Facts = Readonly<Record<string, string>>;

/** Something that is so once the task is done. */
export interface Goal {
  /** `v1 is signed`. */
  readonly text: string;
  /** What is not so yet, as a sentence; undefined when the goal is reached. */
  check(stage: Stage, facts: Facts): Promise<string | undefined>;
}

/** A task in the sandbox, and how to tell that it is done. */
export interface Lesson {
  /** What commands call it: `rotate`. */
  readonly name: string;
  readonly title: string;
  /** What happened, and what to do about it. */
  task(stage: Stage): string;
  /** From a nudge to the commands themselves. */
  hints(stage: Stage): readonly string[];
  /** What to read, and why. */
  readonly reading: readonly string[];
  /** Whether it begins with keys, and content trust on; else that is the task. */
  readonly hasKeys: boolean;
  /** Puts everything where it is when the lesson begins. @throws {LessonStageError} */
  prepare(stage: Stage): Promise<Facts>;
  readonly goals: readonly Goal[];
}

/** What all keys are encrypted with that lessons make. */
export const PASSPHRASE = 'lesson-passphrase';
