import { SIGNING_ALGORITHMS } from '../../http/index.ts';
import type { Section } from '../../settings/index.ts';

/** How clients say who they are. */
export type AuthConfig =
  | { readonly kind: 'htpasswd'; readonly realm: string; readonly path: string }
  | {
      readonly kind: 'token';
      readonly realm: string;
      readonly service: string;
      readonly issuer: string;
      readonly rootCertBundle: string | undefined;
      readonly jwks: string | undefined;
      readonly signingAlgorithms: readonly string[] | undefined;
      readonly autoRedirectPath: string | undefined;
    };

const DEFAULT_AUTO_REDIRECT_PATH = '/auth/token';

/** `auth`: one of `htpasswd` and `token`. Anything else is a problem: nobody may take a registry for closed that is open. */
export function readAuth(section: Section): AuthConfig | undefined {
  const [kind, ...others] = section.names;
  if (kind === undefined) return undefined;
  if (others.length > 0) section.problem('', `want one way, found ${section.names.join(', ')}`);
  if (kind === 'htpasswd') return readHtpasswd(section.section(kind));
  if (kind === 'token') return readToken(section.section(kind));
  section.accept(kind);
  section.problem(kind, 'is not supported: want htpasswd or token');
  return undefined;
}

function readHtpasswd(section: Section): AuthConfig {
  return { kind: 'htpasswd', realm: section.requiredText('realm'), path: section.requiredText('path') };
}

function readToken(section: Section): AuthConfig {
  const isAuto = section.boolean('autoredirect') ?? false;
  const path = section.text('autoredirectpath') ?? DEFAULT_AUTO_REDIRECT_PATH;
  const [rootCertBundle, jwks] = [section.text('rootcertbundle'), section.text('jwks')];
  if (rootCertBundle === undefined && jwks === undefined) {
    section.problem('', 'needs rootcertbundle or jwks: without, no token can be verified');
  }
  const algorithms = section.texts('signingalgorithms');
  for (const algorithm of algorithms) {
    if (!SIGNING_ALGORITHMS.includes(algorithm)) {
      section.problem('signingalgorithms', `${algorithm} is none of ${SIGNING_ALGORITHMS.join(', ')}`);
    }
  }
  return {
    kind: 'token',
    realm: isAuto ? (section.text('realm') ?? '') : section.requiredText('realm'),
    service: section.requiredText('service'),
    issuer: section.requiredText('issuer'),
    rootCertBundle,
    jwks,
    signingAlgorithms: algorithms.length > 0 ? algorithms : undefined,
    autoRedirectPath: isAuto ? path : undefined,
  };
}
