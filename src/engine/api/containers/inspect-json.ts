import type { Digest } from '../../../core/index.ts';
import type { HostContainer } from '../../host/container.ts';
import { fullContainerConfig } from '../container-config.ts';
import { mountsJson, networksJson, portMapJson } from './parts-json.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** A container in full (Engine API v1.51, `ContainerInspectResponse`). */
export function inspectJson(
  container: HostContainer,
  imageId: Digest | undefined,
  execIds: readonly string[],
): unknown {
  const { id, name, command, createdAt, mounts, networks, ports } = container;
  return {
    Id: id,
    Created: createdAt.toISOString(),
    Path: command[0] ?? '',
    Args: command.slice(1),
    State: stateJson(container),
    Image: imageId ?? '',
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: container.logPath,
    Name: `/${name}`,
    RestartCount: 0,
    Driver: 'vfs',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length === 0 ? null : execIds,
    HostConfig: {
      Binds: mounts.map(
        ({ volume, source, target, readOnly }) => `${volume ?? source}:${target}:${readOnly ? 'ro' : 'rw'}`,
      ),
      NetworkMode: networks[0]?.network ?? 'none',
      PortBindings: portMapJson(container),
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: false,
      LogConfig: { Type: 'json-file', Config: {} },
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: true,
    },
    GraphDriver: { Data: null, Name: 'vfs' },
    Mounts: mountsJson(container),
    Config: fullContainerConfig({
      Hostname: id.slice(0, 12),
      AttachStdout: true,
      AttachStderr: true,
      ...(ports.length > 0 && { ExposedPorts: Object.fromEntries(ports.map(({ port }) => [`${port}/tcp`, {}])) }),
      Env: Object.entries(container.environment).map(([key, value]) => `${key}=${value}`),
      Cmd: [...command],
      Image: container.image,
      WorkingDir: container.workingFolder,
      Labels: container.labels,
    }),
    NetworkSettings: {
      Bridge: '',
      SandboxID: '',
      SandboxKey: '',
      Ports: container.state === 'running' ? portMapJson(container) : {},
      Networks: networksJson(container),
    },
  };
}

function stateJson({ state, pid, exitCode, startedAt, finishedAt }: HostContainer): unknown {
  return {
    Status: state,
    Running: state === 'running',
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: state === 'running' ? pid : 0,
    ExitCode: exitCode,
    Error: '',
    StartedAt: startedAt?.toISOString() ?? NEVER,
    FinishedAt: finishedAt?.toISOString() ?? NEVER,
  };
}
