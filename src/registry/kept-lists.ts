/** How long a list of the storage is given again without looking at all of it: what others change deep inside shows then. */
export const LIST_MAX_AGE_MS = 1000;

/** Between two parts of a long piece of work. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
