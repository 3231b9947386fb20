import type { FileSystem } from '../fs/file-system.ts';
import type { Credentials } from '../process/syscalls.ts';

const names = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
).split(' ');
const everything = (1n << BigInt(names.length)) - 1n;
/** containerd's default set. */
const usual = 0xa80425fbn;

const root = { uid: 0, gid: 0, groups: [], capabilities: everything, pid: 0 };

/** Bounding set of a container. */
export function capabilitiesOf(
  privileged: boolean,
  change: { readonly add: readonly string[]; readonly drop: readonly string[] },
): bigint {
  if (privileged) return everything;
  let set = usual;
  const bit = (name: string) => names.indexOf(name.toUpperCase().replace(/^CAP_/, ''));
  for (const name of change.drop)
    set = name.toUpperCase() === 'ALL' ? 0n : bit(name) < 0 ? set : set & ~(1n << BigInt(bit(name)));
  for (const name of change.add)
    set = name.toUpperCase() === 'ALL' ? everything : bit(name) < 0 ? set : set | (1n << BigInt(bit(name)));
  return set;
}

export interface UserChoice {
  /** Of the image: `app:app`. */
  readonly image: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly fsGroup: number | undefined;
  readonly supplemental: readonly number[];
  readonly bounding: bigint;
}

export interface ResolvedUser {
  readonly cred: Credentials;
  readonly home: string;
  readonly name: string;
}

/** Undefined: the image names a user that its /etc/passwd does not have. */
export function resolveUser(files: FileSystem, choice: UserChoice): ResolvedUser | undefined {
  const [wantedUser = '', wantedGroup = ''] = choice.image.split(':');
  const passwd = tableOf(files, '/etc/passwd');
  const groups = tableOf(files, '/etc/group');
  const user = choice.uid !== undefined ? String(choice.uid) : wantedUser || '0';
  const entry = passwd.find((row) => row[2] === user) ?? passwd.find((row) => row[0] === user);
  if (entry === undefined && !/^\d+$/.test(user)) return undefined;
  const uid = entry === undefined ? Number(user) : Number(entry[2]);
  const named = choice.uid === undefined && wantedGroup !== '' ? wantedGroup : '';
  const groupEntry = groups.find((row) => row[2] === named) ?? groups.find((row) => row[0] === named);
  const gid = choice.gid ?? Number(groupEntry?.[2] ?? (/^\d+$/.test(named) ? named : (entry?.[3] ?? 0)));
  const member = groups
    .filter((row) => entry?.[0] !== undefined && (row[3] ?? '').split(',').includes(entry[0]))
    .map((row) => Number(row[2]));
  const all = new Set([
    gid,
    ...member,
    ...choice.supplemental,
    ...(choice.fsGroup === undefined ? [] : [choice.fsGroup]),
  ]);
  return {
    cred: {
      uid,
      gid,
      groups: [...all].sort((a, b) => a - b),
      capabilities: uid === 0 ? choice.bounding : 0n,
    },
    home: entry?.[5] || '/',
    name: entry?.[0] ?? String(uid),
  };
}

function tableOf(files: FileSystem, path: string): string[][] {
  try {
    const { node } = files.walk(path, root);
    if (node?.kind !== 'file') return [];
    return Buffer.from(node.content.all())
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
