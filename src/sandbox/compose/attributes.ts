/** What the sandbox does with an attribute that a compose file gives a service. */
export type Attribute =
  /** Does as it says. */
  | 'played'
  /** Is about what a service that is played does not have: limits, users, a build system. Listed in `docs/compose.md`. */
  | 'ineffective'
  /** Would be something else than it says. */
  | 'refused';

const rows = (kind: Attribute, names: string): [string, Attribute][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, kind]);

/** Every attribute of a service (Compose Specification, "Services top-level elements"). */
export const SERVICE_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map([
  ...rows(
    'played',
    'image container_name hostname environment env_file volumes networks ports expose depends_on command entrypoint profiles extends labels working_dir healthcheck restart',
  ),
  ...rows(
    'ineffective',
    `annotations attach blkio_config cap_add cap_drop cgroup cgroup_parent cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period
     cpu_rt_runtime cpu_shares cpus cpuset dns dns_opt dns_search domainname init ipc isolation label_file logging mac_address mem_limit
     mem_reservation mem_swappiness memswap_limit oom_kill_disable oom_score_adj pid pids_limit platform privileged pull_policy read_only
     runtime security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode uts`,
  ),
  ...rows(
    'refused',
    `build configs credential_spec deploy develop device_cgroup_rules devices external_links extra_hosts gpus group_add links models
     network_mode post_start pre_stop provider scale secrets use_api_socket volumes_from`,
  ),
]);

/** Attributes at the top of a file. */
export const TOP_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map([
  ...rows('played', 'version name services volumes networks'),
  ...rows('refused', 'include secrets configs models'),
]);

export const VOLUME_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map([
  ...rows('played', 'name external labels'),
  ...rows('ineffective', 'driver driver_opts'),
]);

export const NETWORK_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map([
  ...rows('played', 'name external labels'),
  ...rows('ineffective', 'driver driver_opts attachable internal enable_ipv4 enable_ipv6 ipam'),
]);

export function namesOf(attributes: ReadonlyMap<string, Attribute>, kind: Attribute): string {
  return [...attributes].flatMap(([name, found]) => (found === kind ? [name] : [])).join(', ');
}
