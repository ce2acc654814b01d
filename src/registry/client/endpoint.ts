/** A network address to dial in place of what a name resolves to. */
export interface ConnectAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a registry is, and how to trust that it is the one. */
export interface RegistryEndpoint {
  /** Scheme, host and port, no path: `https://registry-1.docker.io`, `http://sandboxregistry:5000`. */
  readonly baseUrl: string;
  /** PEM certificates that may vouch for the server, besides the system's. */
  readonly ca?: string;
  /** Shown to a server that asks for one, both PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** Takes any certificate. For registries configured as insecure only. */
  readonly acceptAnyCertificate?: boolean;
  /** Dialled in place of the name in `baseUrl`; requests still carry the name. */
  readonly connectTo?: ConnectAddress;
  /** URL of an HTTP proxy to ask by, with a user's name and password where it wants them; not used with `connectTo`. */
  readonly proxy?: string;
}

/** Who we are to the registry (Docker Engine API v1.50, `X-Registry-Auth`). */
export type RegistryCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly identityToken: string }
  | { readonly kind: 'bearer'; readonly registryToken: string };
