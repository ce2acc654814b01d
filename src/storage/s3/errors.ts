import { TrustSandboxError } from '../../core/index.ts';

/** The AWS SDK is not installed: it is an optional dependency. */
export class S3SdkMissingError extends TrustSandboxError {
  readonly code = 'S3_SDK_MISSING';
  constructor(options?: ErrorOptions) {
    super(
      'an S3 store needs the AWS SDK, which is not installed: npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner',
      options,
    );
  }
}

/** The S3 server does not take the credentials, or they may not do what is asked. */
export class S3AccessDeniedError extends TrustSandboxError {
  readonly code = 'S3_ACCESS_DENIED';
  constructor(bucket: string, reason: string, options?: ErrorOptions) {
    super(`access to S3 bucket ${bucket} refused: ${reason}`, options);
  }
}

/** An S3 request failed for a reason that is not the caller's: no such bucket, no answer, a failure of the server's. */
export class S3RequestError extends TrustSandboxError {
  readonly code = 'S3_REQUEST_FAILED';
  constructor(bucket: string, reason: string, options?: ErrorOptions) {
    super(`request to S3 bucket ${bucket} failed: ${reason}`, options);
  }
}

const ACCESS: ReadonlyMap<string, string> = new Map([
  ['SignatureDoesNotMatch', 'the secret key is wrong (SignatureDoesNotMatch)'],
  ['InvalidAccessKeyId', 'the access key is not known (InvalidAccessKeyId)'],
  ['AccessDenied', 'not allowed, or the keys are wrong (AccessDenied)'],
  ['ExpiredToken', 'the session has run out (ExpiredToken)'],
  ['CredentialsProviderError', 'no credentials given, nor found in the environment'],
  ['RequestTimeTooSkewed', 'the clocks differ too much (RequestTimeTooSkewed)'],
]);

/** What the SDK throws, as far as it is used here. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

/** Is this what the server answers under one of these names? A HEAD has no body to name it in: `NotFound`. */
export function isS3Error(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** No such object, asked for by GET, HEAD or copy. */
export function isNoSuchKey(error: unknown): boolean {
  return isS3Error(error, 'NoSuchKey', 'NotFound');
}

/** Gives an error of the SDK our type. Those that callers decide by (see `isS3Error`) keep the SDK's. */
export function toS3Error(bucket: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TrustSandboxError) return error;
  const { name, message, code, $metadata } = error as SdkError;
  const reason = ACCESS.get(name);
  if (reason) return new S3AccessDeniedError(bucket, reason, { cause: error });
  const status = $metadata?.httpStatusCode;
  if (status === 401 || status === 403) return new S3AccessDeniedError(bucket, `${name} ${status}`, { cause: error });
  if (name === 'NoSuchBucket') return new S3RequestError(bucket, 'there is no such bucket', { cause: error });
  if (DECIDED_BY_CALLER.has(name)) return error;
  return new S3RequestError(bucket, [name, code, message].filter(Boolean).join(': '), { cause: error });
}

const DECIDED_BY_CALLER = new Set([
  'NoSuchKey',
  'NotFound',
  'NoSuchUpload',
  'InvalidRange',
  'InvalidPart',
  'PreconditionFailed',
]);
