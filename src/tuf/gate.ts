import { type GateFacts, type GateName, type Refusal, refusalOf } from './refusal.ts';

/** One check of one file, as it went. */
export interface GateReport extends GateFacts {
  readonly role: string;
  readonly gate: GateName;
  /** Section of TUF v1.0.34; empty where the check is Notary's own. */
  readonly section: string;
  /** Of the error, when refused. */
  readonly code: Refusal['code'] | undefined;
}

export type GateSink = (report: GateReport) => void;

/** Lets a check pass or throw, and tells of it. */
export type Gate = <T>(gate: GateName, section: string, check: () => T, facts: (passed: T) => GateFacts) => T;

/** The gates before `role`. With nobody to tell they cost nothing, and no facts are gathered. */
export function gatesOf(role: string, onGate: GateSink | undefined): Gate {
  if (!onGate) return (_gate, _section, check) => check();
  return (gate, section, check, facts) => {
    try {
      const passed = check();
      onGate({ role, gate, section, code: undefined, ...facts(passed) });
      return passed;
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal) onGate({ role, section, ...refusal });
      throw thrown;
    }
  };
}
