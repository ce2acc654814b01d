import { isTufError } from '../../tuf/index.ts';

/** What came of a check: its value, or what trust metadata it found wrong, in words. */
export type Attempt<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** Throws what is no fault of the metadata. */
export function attempt<T>(check: () => T): Attempt<T> {
  try {
    return { value: check() };
  } catch (thrown) {
    if (isTufError(thrown)) return { problem: thrown.message };
    throw thrown;
  }
}
