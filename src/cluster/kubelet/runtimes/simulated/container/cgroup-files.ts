import { type DirInode, generated, generatedDir } from '../fs/inode.ts';
import type { Cgroup } from '../process/cgroup.ts';

/** `/sys` of a container: its own cgroup (version 2), and little else. */
export function sysTree(cgroup: Cgroup, pids: () => readonly number[]): DirInode {
  const usec = () => Math.round(cgroup.cpuMs * 1000);
  const max = (value: number) => (value > 0 ? String(value) : 'max');
  const weight = () =>
    Math.max(1, Math.floor(1 + ((Math.max(2, (cgroup.cpuRequestMilli * 1024) / 1000) - 2) * 9999) / 262_142));
  const files: { readonly [name: string]: () => string } = {
    'cgroup.controllers': () => 'cpuset cpu io memory hugetlb pids rdma misc\n',
    'cgroup.events': () => `populated 1\nfrozen 0\n`,
    'cgroup.procs': () =>
      pids()
        .map((pid) => `${pid}\n`)
        .join(''),
    'cgroup.type': () => 'domain\n',
    'cpu.max': () => `${cgroup.cpuLimitMilli > 0 ? cgroup.cpuLimitMilli * 100 : 'max'} 100000\n`,
    'cpu.weight': () => `${weight()}\n`,
    'cpu.stat': () =>
      `usage_usec ${usec()}\nuser_usec ${Math.round(usec() * 0.8)}\nsystem_usec ${Math.round(usec() * 0.2)}\nnr_periods 0\nnr_throttled 0\nthrottled_usec ${Math.round(cgroup.throttledMs * 1000)}\n`,
    'memory.current': () => `${Math.round(cgroup.memory)}\n`,
    'memory.peak': () => `${Math.round(cgroup.peak)}\n`,
    'memory.max': () => `${max(cgroup.memoryLimit)}\n`,
    'memory.min': () => '0\n',
    'memory.low': () => '0\n',
    'memory.high': () => 'max\n',
    'memory.swap.max': () => '0\n',
    'memory.events': () =>
      `low 0\nhigh 0\nmax ${cgroup.oomKills}\noom ${cgroup.oomKills}\noom_kill ${cgroup.oomKills}\noom_group_kill 0\n`,
    'memory.stat': () => `anon ${Math.round(cgroup.memory)}\nfile 0\nkernel 0\nshmem 0\n`,
    'pids.current': () => `${cgroup.members.size}\n`,
    'pids.max': () => 'max\n',
  };
  const cgroupFolder = generatedDir({
    names: () => Object.keys(files),
    get: (name) => (Object.hasOwn(files, name) ? generated(files[name] ?? (() => '')) : undefined),
  });
  const fs = generatedDir({
    names: () => ['cgroup'],
    get: (name) => (name === 'cgroup' ? cgroupFolder : undefined),
  });
  return generatedDir({ names: () => ['fs'], get: (name) => (name === 'fs' ? fs : undefined) });
}
