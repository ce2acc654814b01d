/** Is this a failed system call with one of these codes? By its shape: in Jest's realms Node's errors are of another class. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' && codes.includes(code);
}
