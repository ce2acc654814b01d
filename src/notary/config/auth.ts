import { SIGNING_ALGORITHMS } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';
import type { TokenAuthConfig } from './server-config.ts';

const DEFAULT_AUTO_REDIRECT_PATH = '/auth/token';

/**
 * `auth`: `{type: token, options: {…}}`, options as the registry's. The original serves everybody when the type is any other; to
 * do so in silence would open a server that was meant to be closed, so that is a problem here.
 */
export function readTokenAuth(section: Section): TokenAuthConfig | undefined {
  const type = section.text('type') ?? '';
  const options = section.section('options');
  if (type === '' && !options.isGiven) return undefined;
  if (type !== 'token') {
    section.problem('type', `want token, found ${JSON.stringify(type)}: leave auth out to serve everybody`);
    options.plain();
    return undefined;
  }
  const isAuto = options.boolean('autoredirect') ?? false;
  const path = options.text('autoredirectpath') ?? DEFAULT_AUTO_REDIRECT_PATH;
  const [rootCertBundle, jwks] = [options.text('rootcertbundle'), options.text('jwks')];
  if (rootCertBundle === undefined && jwks === undefined)
    options.problem('', 'needs rootcertbundle or jwks: without, no token can be verified');
  const algorithms = options.texts('signingalgorithms');
  for (const algorithm of algorithms) {
    if (!SIGNING_ALGORITHMS.includes(algorithm))
      options.problem('signingalgorithms', `${algorithm} is none of ${SIGNING_ALGORITHMS.join(', ')}`);
  }
  return {
    realm: isAuto ? (options.text('realm') ?? '') : options.requiredText('realm'),
    service: options.requiredText('service'),
    issuer: options.requiredText('issuer'),
    rootCertBundle,
    jwks,
    signingAlgorithms: algorithms.length > 0 ? algorithms : undefined,
    autoRedirectPath: isAuto ? path : undefined,
  };
}
