/** One thing that was looked at, in a sentence, and what would mend it. */
export interface Finding {
  /** `problem`: something fails now. `warning`: it will, or may. */
  readonly severity: 'ok' | 'warning' | 'problem';
  /** What it is about, for programs: `ROLE_EXPIRED`, or the code of the error that was thrown. */
  readonly code: string;
  readonly says: string;
  readonly remedy?: string;
}

export const ok = (code: string, says: string): Finding => ({ severity: 'ok', code, says });

export const warning = (code: string, says: string, remedy?: string): Finding => ({
  severity: 'warning',
  code,
  says,
  ...(remedy !== undefined && { remedy }),
});

export const problem = (code: string, says: string, remedy?: string): Finding => ({
  ...warning(code, says, remedy),
  severity: 'problem',
});
