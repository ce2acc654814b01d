import { TrustSandboxError } from '../core/index.ts';
import type { BaseRoleName, FileMeta, PublicKey, RoleName } from '../tuf/index.ts';

/** One thing to do to trust data at the next publish, in the terms of Notary's change list. */
export type Change = TargetChange | DelegationChange | WitnessChange | RootChange;

export type TargetChange =
  | { readonly kind: 'add-target'; readonly role: RoleName; readonly name: string; readonly file: FileMeta }
  | { readonly kind: 'remove-target'; readonly role: RoleName; readonly name: string };

export type DelegationChange =
  | { readonly kind: 'add-delegation'; readonly role: RoleName; readonly edit: DelegationEdit }
  | { readonly kind: 'edit-delegation'; readonly role: RoleName; readonly edit: DelegationEdit }
  | { readonly kind: 'remove-delegation'; readonly role: RoleName }
  /** Takes keys, by canonical keyid, from every delegation below `parent`: `targets/*` on the wire for `targets`. */
  | { readonly kind: 'purge-keys'; readonly parent: RoleName; readonly keyids: readonly string[] };

/** Signs a role again as it is, one whose signatures no longer suffice included. */
export interface WitnessChange {
  readonly kind: 'witness';
  /** As typed: whether there is such a role shows at the publish. */
  readonly role: string;
}

/** Gives one of the four roles other keys. */
export interface RootChange {
  readonly kind: 'replace-keys';
  readonly role: BaseRoleName;
  readonly keys: readonly PublicKey[];
  /** How many of them must sign; as many as before when absent. */
  readonly threshold?: number;
}

/** What is added to and taken from a delegation. `removeKeys` are canonical keyids. */
export interface DelegationEdit {
  /** Of a delegation that is there it is changed by an edit, not by adding to it. */
  readonly threshold?: number;
  readonly addKeys?: readonly PublicKey[];
  readonly removeKeys?: readonly string[];
  readonly addPaths?: readonly string[];
  readonly removePaths?: readonly string[];
  readonly clearPaths?: boolean;
}

/** A change file that is none, or that asks for something we cannot do. */
export class ChangeInvalidError extends TrustSandboxError {
  readonly code = 'CHANGE_INVALID';
}
