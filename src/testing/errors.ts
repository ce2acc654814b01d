import { TrustSandboxError } from '../core/index.ts';

/** The sandbox has no service of the kind that is needed, or none of that name. */
export class ServiceMissingError extends TrustSandboxError {
  readonly code = 'TESTING_SERVICE_MISSING';
}

/** No such event came in time. */
export class EventMissingError extends TrustSandboxError {
  readonly code = 'TESTING_EVENT_MISSING';
}

/** The program that boxes and runners need is not beside this library. */
export class ProgramMissingError extends TrustSandboxError {
  readonly code = 'TESTING_PROGRAM_MISSING';
}
