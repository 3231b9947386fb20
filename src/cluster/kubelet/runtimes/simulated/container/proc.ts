import type { NetworkInterface } from '../../../../network/contract.ts';
import type { FileSystem } from '../fs/file-system.ts';
import {
  type Caller,
  type DirInode,
  generated,
  generatedDir,
  type Inode,
  newLink,
  newSpecial,
} from '../fs/inode.ts';
import type { Host, ProcessInfo, ProcessList } from '../process/syscalls.ts';

export interface ProcParts {
  readonly host: Host;
  readonly processes: ProcessList;
  readonly files: FileSystem;
  readonly net: NetworkInterface;
  readonly now: () => number;
  /** Bounding set, for `status`. */
  readonly bounding: bigint;
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  readonly cgroupPath: string;
  /** Open descriptors of a process: number → where it leads. */
  readonly descriptors: (pid: number) => ReadonlyMap<number, string>;
  /** The root of a process, as `/proc/<pid>/root`. */
  readonly rootOf: (pid: number) => Inode | undefined;
  readonly environmentOf: (process: ProcessInfo) => string;
}

/** `/proc` of a container; made when it is looked at. */
export function procTree(parts: ProcParts): DirInode {
  const { host, processes, now } = parts;
  const uptime = () => (now() - host.bootedAtMs) / 1000;
  const files: { readonly [name: string]: (caller: Caller) => string } = {
    uptime: () => `${uptime().toFixed(2)} ${(uptime() * host.cpus * 0.95).toFixed(2)}\n`,
    loadavg: () => `0.00 0.01 0.05 1/${processes.all().length} ${processes.all().at(-1)?.pid ?? 1}\n`,
    version: () => `Linux version ${host.kernel} (curso-k8s) #1 SMP PREEMPT_DYNAMIC\n`,
    meminfo: () => meminfo(host),
    cpuinfo: () => cpuinfo(host),
    stat: () => stat(host, now),
    mounts: () => mountsText(parts.files),
    filesystems: () => 'nodev\tproc\nnodev\ttmpfs\nnodev\tsysfs\nnodev\tcgroup2\nnodev\toverlay\n\text4\n',
    cmdline: () => 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro\n',
  };
  const folders: { readonly [name: string]: () => DirInode } = {
    net: () => netFolder(parts),
    sys: () => sysFolder(parts),
    self: () => generatedDir({ names: () => [], get: () => undefined }),
  };
  return generatedDir({
    names: () => [
      ...processes.all().map(({ pid }) => String(pid)),
      ...Object.keys(files),
      'net',
      'self',
      'sys',
      'thread-self',
    ],
    get: (name) => {
      if (name === 'self' || name === 'thread-self') return newLink((caller) => String(caller.pid || 1));
      if (name === 'net') return newLink('self/net');
      if (/^\d+$/.test(name)) return processFolder(parts, Number(name));
      const file = Object.hasOwn(files, name) ? files[name] : undefined;
      if (file !== undefined) return generated(file);
      return Object.hasOwn(folders, name) ? folders[name]?.() : undefined;
    },
  });
}

function processFolder(parts: ProcParts, pid: number): DirInode | undefined {
  const process = parts.processes.get(pid);
  if (process === undefined) return undefined;
  const { files, cgroupPath } = parts;
  const entries: { readonly [name: string]: () => Inode | undefined } = {
    status: () => generated(() => status(parts, process)),
    stat: () => generated(() => `${statLine(process, parts.host.bootedAtMs)}\n`),
    cmdline: () => generated(() => process.args.map((arg) => `${arg}\0`).join('')),
    comm: () => generated(() => `${process.comm}\n`),
    environ: () => generated(() => parts.environmentOf(process), 0o400),
    cgroup: () => generated(() => `0::${cgroupPath}\n`),
    mounts: () => generated(() => mountsText(files)),
    mountinfo: () => generated(() => mountInfo(files)),
    limits: () =>
      generated(
        () =>
          'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1048576              1048576              files     \n',
      ),
    oom_score_adj: () =>
      generated(
        () => `${parts.oomScoreAdj}\n`,
        0o644,
        () => undefined,
      ),
    oom_score: () => generated(() => `${Math.max(0, 666 + parts.oomScoreAdj)}\n`),
    exe: () => newLink(process.args[0] ?? ''),
    cwd: () => newLink(process.cwd),
    root: () => ({ ...newLink('/'), into: () => parts.rootOf(pid) }),
    net: () => netFolder(parts),
    fd: () => descriptorFolder(parts, pid),
  };
  return generatedDir({
    names: () => Object.keys(entries),
    get: (name) => (Object.hasOwn(entries, name) ? entries[name]?.() : undefined),
  });
}

/** Links that open what is open there, not a path. */
function descriptorFolder(parts: ProcParts, pid: number): DirInode {
  return generatedDir({
    names: () => [...parts.descriptors(pid).keys()].map(String),
    get: (name) =>
      parts.descriptors(pid).has(Number(name)) ? newSpecial('device', `fd:${pid}:${name}`) : undefined,
  });
}

function netFolder({ net }: ProcParts): DirInode {
  const row = (port: number, index: number, loopback: boolean) =>
    `${String(index).padStart(4)}: ${loopback ? '0100007F' : '00000000'}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${10_000 + port} 1 0000000000000000 100 0 0 10 0\n`;
  const header =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const table = (protocol: string) =>
    header +
    net
      .listening()
      .filter((one) => one.protocol === protocol)
      .map((one, index) => row(one.port, index, one.loopback))
      .join('');
  const files: { readonly [name: string]: () => string } = {
    tcp: () => table('TCP'),
    udp: () => table('UDP'),
    tcp6: () => header,
    dev: () =>
      'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n  eth0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n',
    route: () => 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n',
  };
  return generatedDir({
    names: () => Object.keys(files),
    get: (name) => (Object.hasOwn(files, name) ? generated(files[name] ?? (() => '')) : undefined),
  });
}

function sysFolder({ host }: ProcParts): DirInode {
  const files: { readonly [path: string]: () => string } = {
    'kernel/hostname': () => `${host.hostname}\n`,
    'kernel/osrelease': () => `${host.kernel}\n`,
    'kernel/pid_max': () => '4194304\n',
    'net/core/somaxconn': () => '4096\n',
    'net/ipv4/ip_local_port_range': () => '32768\t60999\n',
    'net/ipv4/ip_forward': () => '1\n',
    'net/ipv4/ip_unprivileged_port_start': () => '0\n',
    'vm/overcommit_memory': () => '1\n',
    'vm/max_map_count': () => '262144\n',
  };
  const folder = (prefix: string): DirInode =>
    generatedDir({
      names: () => [
        ...new Set(
          Object.keys(files)
            .filter((path) => path.startsWith(prefix))
            .map((path) => path.slice(prefix.length).split('/')[0] ?? ''),
        ),
      ],
      get: (name) => {
        const path = prefix + name;
        if (Object.hasOwn(files, path)) return generated(files[path] ?? (() => ''), 0o644);
        return Object.keys(files).some((one) => one.startsWith(`${path}/`)) ? folder(`${path}/`) : undefined;
      },
    });
  return folder('');
}

function status(parts: ProcParts, process: ProcessInfo): string {
  const state = { R: 'R (running)', S: 'S (sleeping)', T: 'T (stopped)', Z: 'Z (zombie)' }[process.state];
  const hex = (set: bigint) => set.toString(16).padStart(16, '0');
  const effective = process.uid === 0 ? parts.bounding : 0n;
  const ids = (id: number) => `${id}\t${id}\t${id}\t${id}`;
  const kilobytes = Math.round(process.memoryBytes / 1024);
  return [
    `Name:\t${process.comm}`,
    'Umask:\t0022',
    `State:\t${state}`,
    `Tgid:\t${process.pid}`,
    'Ngid:\t0',
    `Pid:\t${process.pid}`,
    `PPid:\t${process.ppid}`,
    'TracerPid:\t0',
    `Uid:\t${ids(process.uid)}`,
    `Gid:\t${ids(process.gid)}`,
    'FDSize:\t64',
    `Groups:\t${process.gid} `,
    `VmPeak:\t${String(kilobytes * 3).padStart(8)} kB`,
    `VmSize:\t${String(kilobytes * 3).padStart(8)} kB`,
    `VmRSS:\t${String(kilobytes).padStart(8)} kB`,
    'Threads:\t1',
    'CapInh:\t0000000000000000',
    `CapPrm:\t${hex(effective)}`,
    `CapEff:\t${hex(effective)}`,
    `CapBnd:\t${hex(parts.bounding)}`,
    'CapAmb:\t0000000000000000',
    `NoNewPrivs:\t${parts.noNewPrivileges ? 1 : 0}`,
    'Seccomp:\t0',
    'Seccomp_filters:\t0',
    '',
  ].join('\n');
}

function statLine(process: ProcessInfo, bootedAtMs: number): string {
  const ticks = Math.round(process.cpuMs / 10);
  const start = Math.round((process.startedAtMs - bootedAtMs) / 10);
  const pages = Math.round(process.memoryBytes / 4096);
  return `${process.pid} (${process.comm}) ${process.state} ${process.ppid} ${process.pgid} ${process.pgid} 0 -1 4194304 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} ${process.memoryBytes * 3} ${pages} 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0`;
}

function meminfo(host: Host): string {
  const total = Math.round(host.memoryBytes / 1024);
  const rows = {
    MemTotal: total,
    MemFree: Math.round(total * 0.6),
    MemAvailable: Math.round(total * 0.8),
    Buffers: 40_000,
    Cached: Math.round(total * 0.2),
    SwapCached: 0,
    SwapTotal: 0,
    SwapFree: 0,
    Shmem: 1200,
  };
  return Object.entries(rows)
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`)
    .join('');
}

function cpuinfo(host: Host): string {
  return Array.from(
    { length: host.cpus },
    (_, index) =>
      `processor\t: ${index}\nvendor_id\t: Curso\nmodel name\t: CPU simulada\ncpu MHz\t\t: 2400.000\nflags\t\t: fpu\nbogomips\t: 4800.00\n\n`,
  ).join('');
}

function stat(host: Host, now: () => number): string {
  const total = Math.round(((now() - host.bootedAtMs) / 10) * host.cpus);
  return `cpu  ${Math.round(total * 0.04)} 0 ${Math.round(total * 0.01)} ${Math.round(total * 0.95)} 0 0 0 0 0 0\nbtime ${Math.floor(host.bootedAtMs / 1000)}\n`;
}

function mountsText(files: FileSystem): string {
  return files.mounts
    .map((point) => `${point.source} ${point.path} ${point.type} ${point.options} 0 0\n`)
    .join('');
}

function mountInfo(files: FileSystem): string {
  return files.mounts
    .map(
      (point, index) =>
        `${100 + index} ${index === 0 ? 50 : 100} 0:${40 + index} / ${point.path} ${point.readOnly ? 'ro' : 'rw'},relatime - ${point.type} ${point.source} ${point.options}\n`,
    )
    .join('');
}
