import { packageVersion } from '../../core/index.ts';

/** The newest API version that our client speaks. */
export const CLIENT_API_VERSION = '1.50';

/** What docker tells of its client: ours has no build of its own, and Node.js in Go's place. */
export function clientVersionJson(context: string, apiVersion?: string): Readonly<Record<string, string>> {
  return {
    Version: packageVersion,
    ...(apiVersion !== undefined && { ApiVersion: apiVersion }),
    DefaultAPIVersion: CLIENT_API_VERSION,
    GitCommit: '',
    GoVersion: `none (Node.js ${process.version})`,
    Os: process.platform,
    Arch: process.arch === 'x64' ? 'amd64' : process.arch,
    Context: context,
  };
}
