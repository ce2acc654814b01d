/** Tables of the audit log. */
export interface AuditTables {
  /** One row an entry. `entry` is the text that `hash` is of; the other columns are for looking it up. */
  audit_log: {
    sequence: number;
    created_at: number;
    gun: string | null;
    action: string;
    entry: string;
    hash: string;
  };
  /** One row: the last entry. Whoever appends holds a lock on it, so that there is one chain. */
  audit_head: {
    id: number;
    sequence: number;
    hash: string;
  };
}
