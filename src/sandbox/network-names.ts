/** Who is where in a sandbox: names of services to addresses and ports. */
export interface NetworkNames {
  /** Where `host:port` really is; undefined when no service has that name. */
  find(host: string, port: number): FoundPlace | undefined;
}

export interface FoundPlace {
  readonly host: string;
  readonly port: number;
  /** What is spoken there, where that is known. */
  readonly scheme?: 'http' | 'https';
}

/** One service's names and place. `port` is where it listens, `knownPort` what others ask for. */
export interface NamedPlace {
  readonly names: readonly string[];
  readonly address: string;
  readonly port?: number;
  readonly knownPort?: number;
  readonly scheme?: 'http' | 'https';
}

/** The names of one service, network by network. */
export type NamesByNetwork = Readonly<Record<string, readonly string[]>>;

export function networkNames(places: () => readonly NamedPlace[]): NetworkNames {
  return {
    find(host, port) {
      const place = places().find(({ names }) => names.includes(host));
      if (!place) return undefined;
      const found = { host: place.address, port: port === place.knownPort ? (place.port ?? port) : port };
      return place.scheme ? { ...found, scheme: place.scheme } : found;
    },
  };
}

/** The names by which those in `viewer`'s networks know another; none when they share no network. */
export function namesSeenFrom(viewer: NamesByNetwork, other: NamesByNetwork): string[] {
  const shared = Object.keys(other).filter((network) => Object.hasOwn(viewer, network));
  return [...new Set(shared.flatMap((network) => other[network] ?? []))];
}
