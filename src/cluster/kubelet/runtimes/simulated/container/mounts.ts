import type { ContainerConfig, SandboxConfig } from '../../../runtime.ts';
import type { Quota } from '../fs/content.ts';
import type { FileSystem, MountPoint, MountSource } from '../fs/file-system.ts';
import { type DirInode, type Inode, newDir, newFile, newLink, newSpecial } from '../fs/inode.ts';
import { normal } from '../fs/paths.ts';
import type { Cgroup } from '../process/cgroup.ts';
import { VolumeState } from './volume.ts';

/** What a container's mount table is made of. */
export interface MountParts extends MountSource {
  readonly config: ContainerConfig;
  readonly sandbox: SandboxConfig;
  readonly ip: string;
  readonly node: string;
  readonly cgroup: Cgroup;
  /** Kept by the container, which reads it at the end. */
  readonly terminationLog: Inode;
  readonly shm: VolumeState;
  procTree(files: FileSystem): DirInode;
  sysTree(): DirInode;
}

/** What `mount` shows of one; shared by all containers that have it. */
interface Facts {
  readonly path: string;
  readonly source: string;
  readonly type: string;
  readonly options: string;
  readonly readOnly?: boolean;
}

const disk = { source: '/dev/vda1', type: 'ext4', options: 'rw,relatime' };
const kernel = 'rw,nosuid,nodev,noexec,relatime';
const kernelReadOnly = kernel.replace('rw', 'ro');
const sys = { path: '/sys', source: 'sysfs', type: 'sysfs' };
const facts = {
  proc: { path: '/proc', source: 'proc', type: 'proc', options: kernel },
  dev: { path: '/dev', source: 'tmpfs', type: 'tmpfs', options: 'rw,nosuid,size=65536k,mode=755' },
  pts: {
    ...{ path: '/dev/pts', source: 'devpts', type: 'devpts' },
    options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666',
  },
  mqueue: { path: '/dev/mqueue', source: 'mqueue', type: 'mqueue', options: kernel },
  sys: { ...sys, options: kernelReadOnly, readOnly: true },
  writableSys: { ...sys, options: kernel },
  shm: {
    ...{ path: '/dev/shm', source: 'shm', type: 'tmpfs' },
    options: 'rw,nosuid,nodev,noexec,relatime,size=65536k',
  },
  hosts: { path: '/etc/hosts', ...disk },
  hostname: { path: '/etc/hostname', ...disk },
  resolver: { path: '/etc/resolv.conf', ...disk },
} as const satisfies { readonly [name: string]: Facts };

const nothing = { root: newDir({ shared: true }) };
const listed = (path: string, source: string, type: string): MountPoint => ({
  ...{ path, source, type, options: kernelReadOnly, readOnly: true },
  ...{ quota: undefined, holder: nothing, onlyListed: true },
});
const cgroupMount = listed('/sys/fs/cgroup', 'cgroup', 'cgroup2');
const hiddenInProc = ['bus', 'fs', 'irq', 'sys'].map((name) => listed(`/proc/${name}`, 'proc', 'proc'));

const layers = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';
const overlayOptions = `relatime,lowerdir=${layers}/13/fs,upperdir=${layers}/27/fs,workdir=${layers}/27/work`;
const overlay = {
  writable: { path: '/', source: 'overlay', type: 'overlay', options: `rw,${overlayOptions}` },
  readOnly: {
    ...{ path: '/', source: 'overlay', type: 'overlay' },
    ...{ options: `ro,${overlayOptions}`, readOnly: true },
  },
};

/** A container's own layer over its image. */
export function overlayMount(image: DirInode, readOnly: boolean, quota: Quota): MountPoint {
  return new Mount(overlay[readOnly ? 'readOnly' : 'writable'], { root: image }, quota);
}

/** The mount table of a container, in the order in which runc makes it. */
export function mountContainer(files: FileSystem, parts: MountParts): void {
  const { config, sandbox, cgroup } = parts;
  const lazily = (what: Facts, make: () => Inode) => files.mount(new Mount(what, new Lazy(make), undefined));
  lazily(facts.proc, () => parts.procTree(files));
  lazily(facts.dev, deviceTree);
  lazily(facts.pts, () => newDir());
  lazily(facts.mqueue, () => newDir({ mode: 0o1777 }));
  lazily(config.privileged ? facts.writableSys : facts.sys, () => parts.sysTree());
  files.mount(cgroupMount);
  lazily(facts.hosts, () => newFile(hostsText(sandbox, parts.ip, parts.node)));
  lazily({ path: config.terminationMessagePath, ...disk }, () => parts.terminationLog);
  lazily(facts.hostname, () => newFile(`${sandbox.hostname}\n`));
  lazily(facts.resolver, () => newFile(resolvText(sandbox)));
  files.mount(new Mount(facts.shm, parts.shm, new ChargedQuota(parts.shm, cgroup)));
  for (const one of [...config.mounts].sort((a, b) => depth(a.containerPath) - depth(b.containerPath))) {
    if (one.volume instanceof VolumeState) files.mount(volumeMount(one.volume, one, parts));
  }
  if (!config.privileged) for (const one of hiddenInProc) files.mount(one);
}

function volumeMount(
  volume: VolumeState,
  one: ContainerConfig['mounts'][number],
  { config, cgroup }: MountParts,
): MountPoint {
  const { memory, sizeLimitBytes, kind } = volume.options;
  const onTmpfs = memory || ['secret', 'projected', 'downwardAPI'].includes(kind);
  const access = one.readOnly ? 'ro' : 'rw';
  const size = sizeLimitBytes > 0 ? sizeLimitBytes : config.memoryLimitBytes || 8 * 1024 ** 3;
  return new Mount(
    {
      path: normal(one.containerPath),
      source: onTmpfs ? 'tmpfs' : disk.source,
      type: onTmpfs ? 'tmpfs' : disk.type,
      options: onTmpfs ? `${access},relatime,size=${Math.round(size / 1024)}k,noswap` : `${access},relatime`,
      readOnly: one.readOnly,
    },
    volume.mountable(one.subPath),
    memory ? new ChargedQuota(volume, cgroup) : volume,
  );
}

class Mount implements MountPoint {
  readonly #facts: Facts;
  readonly holder: { root: Inode };
  readonly quota: Quota | undefined;

  constructor(facts: Facts, holder: { root: Inode }, quota: Quota | undefined) {
    this.#facts = facts;
    this.holder = holder;
    this.quota = quota;
  }

  get path(): string {
    return this.#facts.path;
  }

  get source(): string {
    return this.#facts.source;
  }

  get type(): string {
    return this.#facts.type;
  }

  get options(): string {
    return this.#facts.options;
  }

  get readOnly(): boolean {
    return this.#facts.readOnly === true;
  }
}

/** Made when somebody looks: most containers never do. */
class Lazy {
  readonly #make: () => Inode;
  #made: Inode | undefined;

  constructor(make: () => Inode) {
    this.#make = make;
  }

  get root(): Inode {
    this.#made ??= this.#make();
    return this.#made;
  }

  set root(node: Inode) {
    this.#made = node;
  }
}

/** Files in memory count as the container's memory. */
class ChargedQuota implements Quota {
  readonly #volume: VolumeState;
  readonly #cgroup: Cgroup;

  constructor(volume: VolumeState, cgroup: Cgroup) {
    this.#volume = volume;
    this.#cgroup = cgroup;
  }

  get used(): number {
    return this.#volume.used;
  }

  set used(bytes: number) {
    this.#volume.used = bytes;
  }

  get kept(): number {
    return this.#volume.kept;
  }

  keep(bytes: number): void {
    this.#volume.keep(bytes);
  }

  get isFull(): boolean {
    return this.#volume.isFull;
  }

  get limit(): number {
    return this.#volume.limit;
  }

  grow(bytes: number): 'ENOSPC' | 'ENOMEM' | undefined {
    const before = this.#volume.used;
    const refused = this.#volume.grow(bytes);
    if (refused !== undefined) return refused;
    const taken = this.#volume.used - before;
    if (this.#cgroup.take(taken)) return undefined;
    this.#cgroup.take(-taken);
    this.#volume.grow(-taken);
    return 'ENOMEM';
  }
}

function depth(path: string): number {
  return path.split('/').length;
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
  const { hostname, domainname } = sandbox;
  // With setHostnameAsFQDN the whole name is the hostname.
  const short = hostname.endsWith(`.${domainname}`) ? hostname.slice(0, -domainname.length - 1) : hostname;
  const name = domainname === '' ? hostname : `${short}.${domainname}\t${short}`;
  return `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${ip}\t${name}\n${added}`;
}

function resolvText({ resolver }: SandboxConfig): string {
  const searches = resolver.searches.length > 0 ? `search ${resolver.searches.join(' ')}\n` : '';
  const servers = resolver.nameservers.map((server) => `nameserver ${server}\n`).join('');
  const options = [...(resolver.ndots > 1 ? [`ndots:${resolver.ndots}`] : []), ...(resolver.options ?? [])];
  return `${searches}${servers}${options.length === 0 ? '' : `options ${options.join(' ')}\n`}`;
}
