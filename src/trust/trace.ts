import { formatRefusal, type GateReport, type VerificationMode } from '../tuf/index.ts';

/** One step of finding out what to trust. Times are RFC 3339, sizes bytes, digests and keyids hex. */
export type TraceEvent =
  | {
      readonly kind: 'update';
      readonly gun: string;
      readonly mode: VerificationMode;
      readonly now: string;
      readonly pin: string;
    }
  | {
      readonly kind: 'fetch';
      readonly file: string;
      readonly bytes: number | undefined;
      /** Of the error, when the server gave none. */
      readonly code: string | undefined;
      readonly reason: string | undefined;
    }
  | { readonly kind: 'cache'; readonly role: string; readonly outcome: 'used' | 'not current' | 'none' }
  | ({ readonly kind: 'gate' } & GateReport)
  | { readonly kind: 'lock'; readonly what: string }
  | { readonly kind: 'left-out'; readonly role: string; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string }
  | {
      readonly kind: 'target';
      readonly target: string;
      readonly role: string;
      readonly sha256: string;
      readonly signedBy: readonly string[];
      readonly why: string;
    }
  | { readonly kind: 'refused'; readonly target: string | undefined; readonly code: string; readonly reason: string };

interface Found {
  readonly name: string;
  readonly role: string;
  readonly file: { readonly hashes: ReadonlyMap<string, Buffer> };
  readonly signatures?: readonly { readonly keyid: string }[];
}

/** Is told of each step. Where there is none nothing is gathered. */
export type TraceSink = (event: TraceEvent) => void;

/** Why this digest. */
export function describeFound({ name, role, file, signatures = [] }: Found, isLocked: boolean): TraceEvent {
  return {
    kind: 'target',
    target: name,
    role,
    sha256: file.hashes.get('sha256')?.toString('hex') ?? '',
    signedBy: signatures.map(({ keyid }) => keyid),
    why: `the first of the roles asked that names it${isLocked ? ', as the lockfile has it' : ''}`,
  };
}

/** One line for people. */
export function formatTraceEvent(event: TraceEvent): string {
  switch (event.kind) {
    case 'update':
      return `update ${event.gun}: ${event.mode} verification, ${event.now}, ${event.pin}`;
    case 'fetch':
      return `fetch ${event.file}: ${event.code === undefined ? `${event.bytes} bytes` : `${event.reason} (${event.code})`}`;
    case 'cache':
      return `cache ${event.role}: ${event.outcome}`;
    case 'gate':
      return formatGate(event);
    case 'lock':
      return `passed the lockfile: ${event.what}`;
    case 'left-out':
      return `left out ${event.role}: ${event.reason}`;
    case 'again':
      return `again, with the root looked up anew: ${event.reason}`;
    case 'target':
      return `found ${event.target} in ${event.role}: sha256:${event.sha256}, signed by ${event.signedBy.join(', ')}; ${event.why}`;
    case 'refused':
      return `refused ${event.target ?? 'the update'}: ${event.reason} (${event.code})`;
  }
}

function formatGate({ role, section, code, ...facts }: GateReport): string {
  const source = section === '' ? 'Notary' : `TUF v1.0.34 ${section}`;
  if (code !== undefined) return `REFUSED ${role}, ${formatRefusal({ code, ...facts })}; ${source}`;
  return `passed ${role}, ${facts.gate} gate: expected ${facts.expected}, found ${facts.found}; ${source}`;
}
