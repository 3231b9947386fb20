import type { Hierarchy } from './cgroups.ts';

/** What the files of a cgroup directory mean, the same for v1 and v2. A limit that is not set is not there. */
export interface Limits {
  pidsMax?: number;
  memoriaBytes?: number;
  /** 50 means half a CPU; 200, two. */
  cpuPorcentaje?: number;
  /** Forks refused by `pids.max`. */
  rechazos?: number;
  /** Periods in which the CPU limit stopped the group. */
  frenadas?: number;
  oomKills?: number;
}

/** Files of a cgroup directory that lessons talk about, by upstream name (admin-guide/cgroup-v1 and cgroup-v2). */
const cgroupFiles = [
  'cgroup.controllers',
  'cgroup.subtree_control',
  'cgroup.events',
  'cgroup.type',
  'cgroup.freeze',
  'pids.max',
  'pids.current',
  'pids.events',
  'memory.max',
  'memory.high',
  'memory.current',
  'memory.events',
  'memory.swap.max',
  'memory.limit_in_bytes',
  'memory.usage_in_bytes',
  'memory.failcnt',
  'memory.oom_control',
  'cpu.max',
  'cpu.weight',
  'cpu.stat',
  'cpu.cfs_quota_us',
  'cpu.cfs_period_us',
  'cpu.shares',
  'cpuset.cpus',
  'io.max',
  'freezer.state',
] as const;

export type CgroupFiles = { readonly [name: string]: string };

/** Those that a hierarchy can have: in v1, the ones of its controllers. */
export function filesOf(hierarchy: Hierarchy): readonly string[] {
  if (hierarchy.version === 'v2') return cgroupFiles;
  return cgroupFiles.filter((name) => hierarchy.controllers.includes(name.split('.')[0] ?? ''));
}

/** v1 writes "no limit" as the largest multiple of the page size below 2^63. */
const unlimitedV1Bytes = 2 ** 60;

export function readLimits(files: CgroupFiles): Limits {
  const limits: Limits = {};
  set(limits, 'pidsMax', whole(files['pids.max']));
  const memory = whole(files['memory.max'] ?? files['memory.limit_in_bytes']);
  set(limits, 'memoriaBytes', memory !== undefined && memory < unlimitedV1Bytes ? memory : undefined);
  set(limits, 'cpuPorcentaje', cpuPercent(files));
  set(limits, 'rechazos', counter(files['pids.events'], 'max'));
  set(limits, 'frenadas', counter(files['cpu.stat'], 'nr_throttled'));
  set(limits, 'oomKills', counter(files['memory.events'] ?? files['memory.oom_control'], 'oom_kill'));
  return limits;
}

function set(limits: Limits, name: keyof Limits, value: number | undefined): void {
  if (value !== undefined) limits[name] = value;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function cpuPercent(files: CgroupFiles): number | undefined {
  const [quota, period] = files['cpu.max']?.split(' ') ?? [
    files['cpu.cfs_quota_us'],
    files['cpu.cfs_period_us'],
  ];
  const quotaUs = whole(quota);
  const periodUs = whole(period);
  if (quotaUs === undefined || periodUs === undefined || periodUs === 0) return undefined;
  return Math.round((quotaUs / periodUs) * 10_000) / 100;
}

/** Value of a `name number` line, as in `pids.events`, `cpu.stat` and `memory.events`. */
function counter(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : whole(line.slice(name.length + 1).trim());
}
