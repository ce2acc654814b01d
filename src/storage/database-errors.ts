import { TrustSandboxError } from '../core/index.ts';

/** The text that should name a database does not. What it says is not repeated: there may be a password in it. */
export class DatabaseLocationError extends TrustSandboxError {
  readonly code = 'DATABASE_LOCATION';
}

/** The database could not be brought to the schema this program needs. */
export class MigrationError extends TrustSandboxError {
  readonly code = 'DATABASE_MIGRATION';
}

/** The database does not answer, or does not let us in. */
export class DatabaseUnavailableError extends TrustSandboxError {
  readonly code = 'DATABASE_UNAVAILABLE';
}

/** Another writer was first: a row that must be unique is there, or the transaction was tried again too often. */
export class DatabaseConflictError extends TrustSandboxError {
  readonly code = 'DATABASE_CONFLICT';
}

/** The package that talks to this kind of database is not installed. */
export class DatabaseDriverMissingError extends TrustSandboxError {
  readonly code = 'DATABASE_DRIVER_MISSING';
  constructor(packageName: string, options?: ErrorOptions) {
    super(`this database needs the package ${packageName}: npm install ${packageName}`, options);
  }
}
