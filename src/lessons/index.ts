import { baseImage } from './base-image.ts';
import { expired } from './expired.ts';
import { firstPush } from './first-push.ts';
import type { Lesson } from './lesson.ts';
import { lostRoot } from './lost-root.ts';
import { movedTag } from './moved-tag.ts';
import { offlineRoot } from './offline-root.ts';
import { rotate } from './rotate.ts';
import { team } from './team.ts';

export { type Facts, type Goal, type Lesson, PASSPHRASE, type Ran, type Stage } from './lesson.ts';
export { LessonStageError } from './stage-error.ts';

/** In the order in which one is best learnt after the other. */
export const LESSONS: readonly Lesson[] = [
  firstPush,
  offlineRoot,
  team,
  rotate,
  movedTag,
  baseImage,
  expired,
  lostRoot,
];
