import type { LinuxView } from '../backend.ts';
import { type Mount, mountAt, mountsOf } from './mounts.ts';

export type CgroupMode = 'v1' | 'v2' | 'hibrido' | 'desconocido';

/** One mounted hierarchy. */
export interface Hierarchy {
  readonly version: 'v1' | 'v2';
  readonly point: string;
  /** What the mount shows of the hierarchy: `/`, or the container's own directory. */
  readonly root: string;
  /** v1 controllers, `name=systemd` included; empty for v2, where each directory says its own. */
  readonly controllers: readonly string[];
}

/** Options of a v1 mount that are not controllers. */
const notControllers = new Set([
  'rw',
  'ro',
  'relatime',
  'nosuid',
  'nodev',
  'noexec',
  'xattr',
  'clone_children',
  'seclabel',
]);

export function hierarchies(mounts: readonly Mount[]): readonly Hierarchy[] {
  return mounts.flatMap((mount): Hierarchy[] => {
    if (mount.type === 'cgroup2')
      return [{ version: 'v2', point: mount.point, root: mount.root, controllers: [] }];
    if (mount.type !== 'cgroup') return [];
    const controllers = Object.entries(mount.options)
      .filter(([name]) => !notControllers.has(name))
      .map(([name, value]) => (value === true ? name : `${name}=${value}`));
    return [{ version: 'v1', point: mount.point, root: mount.root, controllers }];
  });
}

/** `cgroup2` on /sys/fs/cgroup is v2; one tree per controller is v1; both side by side, as old systemd did, hybrid. */
export function cgroupMode(mounts: readonly Mount[]): CgroupMode {
  if (mountAt(mounts, '/sys/fs/cgroup')?.type === 'cgroup2') return 'v2';
  const found = hierarchies(mounts);
  const hasV1 = found.some((one) => one.version === 'v1');
  const hasV2 = found.some((one) => one.version === 'v2' && one.point.startsWith('/sys/fs/cgroup/'));
  if (hasV1) return hasV2 ? 'hibrido' : 'v1';
  return found.length > 0 ? 'v2' : 'desconocido';
}

export async function cgroupModeOf(view: LinuxView): Promise<CgroupMode> {
  return cgroupMode(await mountsOf(view, 'self'));
}

/** One line of `/proc/<pid>/cgroup`. */
export interface Membership {
  readonly controllers: readonly string[];
  readonly path: string;
}

export function parseMemberships(text: string): readonly Membership[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined || path.length === 0) return [];
    return [{ controllers: controllers === '' ? [] : controllers.split(','), path: path.join(':') }];
  });
}

/** The directory, as this view sees it, of a process's group in one hierarchy; undefined when it is out of sight. */
export function directoryOf(hierarchy: Hierarchy, memberships: readonly Membership[]): string | undefined {
  const membership = memberships.find((one) =>
    hierarchy.version === 'v2'
      ? one.controllers.length === 0
      : one.controllers.some((name) => hierarchy.controllers.includes(name)),
  );
  if (membership === undefined) return undefined;
  const root = hierarchy.root === '/' ? '' : hierarchy.root;
  if (root !== '' && membership.path !== root && !membership.path.startsWith(`${root}/`)) return undefined;
  const rest = membership.path.slice(root.length);
  return rest === '' || rest === '/' ? hierarchy.point : `${hierarchy.point}${rest}`;
}
