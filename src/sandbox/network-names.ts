/** Who is where in a sandbox: names of services to addresses and ports. */
export interface NetworkNames {
  /** Where `host:port` really is; undefined when no service has that name. */
  find(host: string, port: number): { readonly host: string; readonly port: number } | undefined;
}

/** One service's names and place. `port` is where it listens, `knownPort` what others ask for. */
export interface NamedPlace {
  readonly names: readonly string[];
  readonly address: string;
  readonly port?: number;
  readonly knownPort?: number;
}

export function networkNames(places: () => readonly NamedPlace[]): NetworkNames {
  return {
    find(host, port) {
      const place = places().find(({ names }) => names.includes(host));
      if (!place) return undefined;
      return { host: place.address, port: port === place.knownPort ? (place.port ?? port) : port };
    },
  };
}
