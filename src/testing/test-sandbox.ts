import type { Digest } from '../core/index.ts';
import type { RegistryClient } from '../registry/client/index.ts';
import type { Fault, SandboxRecord, SandboxSettings, SnapshotInfo } from '../sandbox/index.ts';
import type { Image } from './image.ts';
import type { Signed } from './publisher.ts';
import type { Ran, RunProgram } from './run-program.ts';
import type { SandboxEvents } from './sandbox-events.ts';

/** What a sandbox of a test is. All of it may be left out: it is the page's registry, Notary server and client then. */
export interface SandboxRequest {
  /** Text of a compose file. */
  readonly compose?: string;
  /** What relative paths of the compose file begin at; the folder of the sandbox's state when absent. */
  readonly folder?: string;
  /** Variables that the compose file may use; the caller's own are not seen. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  /** Services to start, and those they depend on; all when absent. */
  readonly services?: readonly string[];
  /** Project's name; one of its own when absent. */
  readonly name?: string;
  /** Where the sandbox's time begins: a date, or like `+15d`. The machine's time when absent. */
  readonly time?: Date | string;
  /** Folder to keep state in, which is there afterwards; a temporary one when absent. */
  readonly stateFolder?: string;
  /** Of all keys; random when absent. */
  readonly passphrase?: string;
  /** 0 to 1, for faults that hit a share of requests; `Math.random` when absent. */
  readonly random?: () => number;
  /** A "second" of docker's wait before it tries a pull again lasts 1 ms unless told otherwise. */
  readonly settings?: Partial<SandboxSettings>;
}

/** A sandbox that runs in this process until disposed of. Services are named as in the compose file. */
export interface TestSandbox extends AsyncDisposable {
  readonly name: string;
  /** Folder of the state: removed at the end, unless it was given. */
  readonly stateFolder: string;
  /** All that runs, and where. */
  readonly record: SandboxRecord;
  /** Where a service is, by address: `https://127.66.3.2:4443`. */
  url(service: string): string;
  /** PEM certificate of the sandbox's authority, and a file of it with those the machine trusts. */
  readonly ca: string;
  readonly caFile: string;
  /** For processes that are to work with the sandbox: DOCKER_HOST, DOCKER_CONTENT_TRUST_SERVER, SSL_CERT_FILE, passphrases, … */
  readonly env: Readonly<Record<string, string>>;
  /** This package's docker, as in the client's box: `await sandbox.docker('pull', name, { trust: true })`. */
  readonly docker: RunProgram;
  /** This package's notary. */
  readonly notary: RunProgram;
  /** A command in a service's box, like `docker exec`. */
  exec(service: string, ...command: readonly string[]): Promise<Ran>;
  /** A client of a registry; of the first one unless named. It ends with the sandbox. */
  registry(service?: string): Promise<RegistryClient>;
  /** `app:1` in the first registry, `hub:5000/app:1` in the one of that name. */
  push(reference: string, image: Image): Promise<Signed>;
  /** Pushes and signs, with the keys of the client. */
  sign(reference: string, image: Image): Promise<Signed>;
  /** The digest that a tag is signed for, verified. */
  lookUp(reference: string): Promise<Digest>;
  readonly clock: {
    now(): Date;
    /** To a date, or by `+15d`, for every service and client. */
    set(time: Date | string): Promise<void>;
    reset(): Promise<void>;
  };
  readonly faults: {
    /** `latency=300ms`, `status=503 times=2`, or the same as an object, in place of those set before. */
    set(service: string, ...faults: readonly (string | Fault)[]): void;
    clear(service?: string): void;
  };
  readonly snapshots: {
    save(name: string): Promise<SnapshotInfo>;
    restore(name: string): Promise<void>;
    list(): Promise<readonly SnapshotInfo[]>;
    delete(name: string): Promise<void>;
  };
  readonly events: SandboxEvents;
  readonly services: {
    start(...names: readonly string[]): Promise<void>;
    stop(...names: readonly string[]): Promise<void>;
    pause(name: string): void;
    unpause(name: string): void;
  };
}
