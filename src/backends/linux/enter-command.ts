import type { NamespaceName } from '../../checks/backend.ts';

/** Options of `nsenter`, of util-linux; busybox's lacks the last two. */
const namespaceFlags: { readonly [name in NamespaceName]: string } = {
  mnt: '-m',
  uts: '-u',
  ipc: '-i',
  pid: '-p',
  net: '-n',
  user: '-U',
  cgroup: '-C',
  time: '-T',
};

/**
 * The command that runs `argv` inside namespaces of `pid`. `throughUser`: without privileges the way in is through the
 * user namespace that owns the others, keeping our ids.
 */
export function enterCommand(
  pid: number,
  namespaces: readonly NamespaceName[],
  argv: readonly string[],
  throughUser: boolean,
): readonly string[] {
  if (namespaces.length === 0) return argv;
  const flags = namespaces.filter((name) => name !== 'user').map((name) => namespaceFlags[name]);
  const user = throughUser ? ['-U', '--preserve-credentials'] : namespaces.includes('user') ? ['-U'] : [];
  return ['nsenter', '-t', String(pid), ...user, ...flags, '--', ...argv];
}
