import type { ContainerConfig, SandboxConfig } from '../../../runtime.ts';
import type { Quota } from '../fs/content.ts';
import { FileSystem, type MountPoint } from '../fs/file-system.ts';
import { type DirInode, type Inode, newDir, newFile, newLink, newSpecial } from '../fs/inode.ts';
import { normal } from '../fs/paths.ts';
import type { Cgroup } from '../process/cgroup.ts';
import { VolumeState } from './volume.ts';

/** What is in a container beside its image and its volumes. */
export interface MountParts {
  readonly root: DirInode;
  readonly config: ContainerConfig;
  readonly sandbox: SandboxConfig;
  readonly ip: string;
  readonly node: string;
  readonly cgroup: Cgroup;
  readonly quota: Quota;
  readonly now: () => number;
  /** Kept by the container, which reads it at the end. */
  readonly terminationLog: Inode;
  readonly shm: VolumeState;
}

const disk = { source: '/dev/vda1', type: 'ext4', options: 'rw,relatime' };

/** The mount table of a container, in the order in which runc makes it; `/proc` and `/sys` come from the caller. */
export function containerFiles(
  parts: MountParts,
  special: (files: FileSystem) => { proc: () => DirInode; sys: () => DirInode },
): FileSystem {
  const { config, sandbox, ip } = parts;
  const layers = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';
  const access = config.readOnlyRootFilesystem ? 'ro' : 'rw';
  const overlay: MountPoint = {
    path: '/',
    source: 'overlay',
    type: 'overlay',
    options: `${access},relatime,lowerdir=${layers}/13/fs,upperdir=${layers}/27/fs,workdir=${layers}/27/work`,
    readOnly: config.readOnlyRootFilesystem,
    quota: parts.quota,
    holder: { root: parts.root },
  };
  const files = new FileSystem(overlay, parts.now);
  const { proc, sys } = special(files);
  const kernel = 'rw,nosuid,nodev,noexec,relatime';
  mountLazily(files, '/proc', proc, { source: 'proc', type: 'proc', options: kernel });
  mountLazily(files, '/dev', deviceTree, {
    source: 'tmpfs',
    type: 'tmpfs',
    options: 'rw,nosuid,size=65536k,mode=755',
  });
  const pts = {
    source: 'devpts',
    type: 'devpts',
    options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666',
  };
  mountLazily(files, '/dev/pts', () => newDir(), pts);
  mountLazily(files, '/dev/mqueue', () => newDir({ mode: 0o1777 }), {
    source: 'mqueue',
    type: 'mqueue',
    options: kernel,
  });
  const sysOptions = config.privileged ? kernel : kernel.replace('rw', 'ro');
  mountLazily(files, '/sys', sys, {
    source: 'sysfs',
    type: 'sysfs',
    options: sysOptions,
    readOnly: !config.privileged,
  });
  listed(files, '/sys/fs/cgroup', 'cgroup', 'cgroup2', kernel.replace('rw', 'ro'));
  mountLazily(files, '/etc/hosts', () => newFile(hostsText(sandbox, ip, parts.node)));
  mountLazily(files, config.terminationMessagePath, () => parts.terminationLog);
  mountLazily(files, '/etc/hostname', () => newFile(`${sandbox.hostname}\n`));
  mountLazily(files, '/etc/resolv.conf', () => newFile(resolvText(sandbox)));
  files.mount({
    path: '/dev/shm',
    source: 'shm',
    type: 'tmpfs',
    options: 'rw,nosuid,nodev,noexec,relatime,size=65536k',
    readOnly: false,
    quota: charged(parts.shm, parts.cgroup),
    holder: parts.shm.holder,
  });
  for (const one of [...config.mounts].sort((a, b) => depth(a.containerPath) - depth(b.containerPath))) {
    if (!(one.volume instanceof VolumeState)) continue;
    addVolume(files, one.volume, one, parts);
  }
  if (!config.privileged) {
    for (const name of ['bus', 'fs', 'irq', 'sys'])
      listed(files, `/proc/${name}`, 'proc', 'proc', kernel.replace('rw', 'ro'));
  }
  return files;
}

function addVolume(
  files: FileSystem,
  volume: VolumeState,
  one: ContainerConfig['mounts'][number],
  parts: MountParts,
): void {
  const { memory, sizeLimitBytes, kind } = volume.options;
  const onTmpfs = memory || ['secret', 'projected', 'downwardAPI'].includes(kind);
  const access = one.readOnly ? 'ro' : 'rw';
  const size = sizeLimitBytes > 0 ? sizeLimitBytes : parts.config.memoryLimitBytes || 8 * 1024 ** 3;
  files.mount({
    path: normal(one.containerPath),
    source: onTmpfs ? 'tmpfs' : disk.source,
    type: onTmpfs ? 'tmpfs' : disk.type,
    options: onTmpfs ? `${access},relatime,size=${Math.round(size / 1024)}k,noswap` : `${access},relatime`,
    readOnly: one.readOnly,
    quota: memory ? charged(volume, parts.cgroup) : volume,
    holder: volume.mountable(one.subPath),
  });
}

/** Files in memory count as the container's memory. */
function charged(volume: VolumeState, cgroup: Cgroup): Quota {
  return {
    get used() {
      return volume.used;
    },
    set used(bytes) {
      volume.used = bytes;
    },
    get kept() {
      return volume.kept;
    },
    set kept(bytes) {
      volume.kept = bytes;
    },
    limit: volume.limit,
    grow: (bytes) => {
      const before = volume.used;
      const refused = volume.grow(bytes);
      if (refused !== undefined) return refused;
      return cgroup.take(volume.used - before) ? undefined : 'ENOMEM';
    },
  };
}

function depth(path: string): number {
  return path.split('/').length;
}

const nothing = { root: newDir({ shared: true }) };

/** Only shown: what is there comes with the mount above it. */
function listed(files: FileSystem, path: string, source: string, type: string, options: string): void {
  files.mounts.push({
    path,
    source,
    type,
    options,
    readOnly: true,
    quota: undefined,
    holder: nothing,
  });
}

/** Made when somebody looks: most containers never do. */
function mountLazily(
  files: FileSystem,
  path: string,
  make: () => Inode,
  point: Pick<MountPoint, 'source' | 'type' | 'options'> & { readonly readOnly?: boolean } = disk,
): void {
  let made: Inode | undefined;
  const holder = {
    get root() {
      made ??= make();
      return made;
    },
    set root(node) {
      made = node;
    },
  };
  files.mount({ path, readOnly: false, ...point, quota: undefined, holder });
}

let devices: DirInode | undefined;

/** Shared by all containers until one of them writes there. */
function deviceTree(): DirInode {
  devices ??= makeDevices();
  return devices;
}

function makeDevices(): DirInode {
  const shared = { shared: true };
  const root = newDir(shared);
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty']) {
    root.entries.set(name, newSpecial('device', name, shared));
  }
  root.entries.set('ptmx', newLink('pts/ptmx', shared));
  root.entries.set('fd', newLink('/proc/self/fd', shared));
  for (const [fd, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    root.entries.set(name, newLink(`/proc/self/fd/${fd}`, shared));
  }
  root.entries.set('core', newLink('/proc/kcore', shared));
  for (const name of ['pts', 'mqueue', 'shm']) root.entries.set(name, newDir(shared));
  return root;
}

/** As the kubelet writes it. */
function hostsText(sandbox: SandboxConfig, ip: string, node: string): string {
  const aliases = sandbox.hostAliases
    .map(({ ip: address, hostnames }) => `${address}\t${hostnames.join('\t')}\n`)
    .join('');
  const added = aliases === '' ? '' : `\n# Entries added by HostAliases.\n${aliases}`;
  if (sandbox.hostNetwork) {
    return `# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n127.0.0.1 ${node}\n${added}`;
  }
  const name =
    sandbox.domainname === ''
      ? sandbox.hostname
      : `${sandbox.hostname}.${sandbox.domainname}\t${sandbox.hostname}`;
  return `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${ip}\t${name}\n${added}`;
}

function resolvText({ resolver }: SandboxConfig): string {
  const searches = resolver.searches.length > 0 ? `search ${resolver.searches.join(' ')}\n` : '';
  const servers = resolver.nameservers.map((server) => `nameserver ${server}\n`).join('');
  return `${searches}${servers}${resolver.ndots > 1 ? `options ndots:${resolver.ndots}\n` : ''}`;
}
