import { Errno } from '../../fs/errno.ts';
import type { MountPoint } from '../../fs/file-system.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, type ProgramTable, parseOptions } from '../kit.ts';

/** Programs about the machine: memory, disks, time. */
export const machinePrograms: ProgramTable = {
  free,
  df,
  mount: async (sys) => {
    if (sys.args.length > 1) return fail(sys, 'permission denied (are you root?)', 32);
    for (const point of sys.files.system.mounts) {
      await sys.out(`${point.source} on ${point.path} type ${point.type} (${point.options})\n`);
    }
    return 0;
  },
  umount: (sys) => fail(sys, `can't unmount ${sys.args[1] ?? ''}: Operation not permitted`, 1),
  uptime: async (sys) => {
    const minutes = Math.floor((sys.now() - sys.host.bootedAtMs) / 60_000);
    const [hours, rest, days] = [Math.floor(minutes / 60) % 24, minutes % 60, Math.floor(minutes / 1440)];
    const up = `${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${hours > 0 ? `${String(hours).padStart(2)}:${String(rest).padStart(2, '0')}` : `${rest} min`}`;
    await sys.out(
      ` ${new Date(sys.now()).toISOString().slice(11, 19)} up ${up},  load average: 0.00, 0.01, 0.05\n`,
    );
    return 0;
  },
  date,
  stty,
  sysctl: async (sys) => {
    const name = sys.args.slice(1).find((arg) => !arg.startsWith('-')) ?? '';
    try {
      const text = sys.files.readText(`/proc/sys/${name.replaceAll('.', '/')}`).trimEnd();
      await sys.out(sys.args.includes('-n') ? `${text}\n` : `${name} = ${text}\n`);
      return 0;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `error: '${name}' is an unknown key`);
    }
  },
  dmesg: (sys) => fail(sys, 'klogctl: Operation not permitted'),
  nologin: async (sys) => {
    await sys.out('This account is not available\n');
    return 1;
  },
};

async function free(sys: Syscalls): Promise<number> {
  const { flags } = parseOptions(sys.args.slice(1), 'bkmgh');
  const unit = flags.has('b') ? 1 : flags.has('m') ? 2 ** 20 : flags.has('g') ? 2 ** 30 : 2 ** 10;
  const show = (bytes: number) => {
    if (!flags.has('h')) return String(Math.round(bytes / unit));
    return human(bytes);
  };
  const total = sys.host.memoryBytes;
  const used = total * 0.2 + sys.host.memoryUsed();
  const cache = total * 0.2;
  const row = (name: string, cells: readonly number[]) =>
    `${name.padEnd(10)}${cells.map((cell) => show(cell).padStart(11)).join(' ')}\n`;
  await sys.out(`${' '.repeat(14)}total        used        free      shared  buff/cache   available\n`);
  await sys.out(row('Mem:', [total, used, total - used - cache, 1_228_800, cache, total - used]));
  await sys.out(row('Swap:', [0, 0, 0]));
  return 0;
}

export function human(bytes: number): string {
  if (bytes < 1024) return String(Math.round(bytes));
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)}${' KMGT'[power]}`;
}

async function df(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'kmhPTaiB:');
  const { system } = sys.files;
  const shown = (bytes: number) =>
    flags.has('h') ? human(bytes) : String(Math.round(bytes / (flags.has('m') ? 2 ** 20 : 2 ** 10)));
  let points: MountPoint[] = [];
  let code = 0;
  if (rest.length === 0) points = system.mounts.filter((point) => sizeOf(sys, point) > 0);
  for (const path of rest) {
    try {
      const { mount, node } = sys.files.find(path);
      if (node === undefined) throw new Errno('ENOENT');
      points.push(mount);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: can't find mount point`);
    }
  }
  const unit = flags.has('h') ? '     Size' : flags.has('m') ? '1M-blocks' : '1K-blocks';
  await sys.out(`Filesystem           ${unit}      Used Available Use% Mounted on\n`);
  for (const point of points) {
    const total = sizeOf(sys, point);
    const used = point.path === '/' ? total * 0.25 + (point.quota?.used ?? 0) : (point.quota?.used ?? 0);
    const percent = total === 0 ? 0 : Math.ceil((used / total) * 100);
    const cells = [
      shown(total).padStart(9),
      shown(used).padStart(9),
      shown(total - used).padStart(9),
      `${String(percent).padStart(3)}%`,
    ];
    await sys.out(`${point.source.padEnd(20)} ${cells.join(' ')} ${point.path}\n`);
  }
  return code;
}

/** Bytes of what is mounted; 0 for what `df` leaves out. */
function sizeOf(sys: Syscalls, point: MountPoint): number {
  const given = /size=(\d+)k/.exec(point.options)?.[1];
  if (given !== undefined) return Number(given) * 1024;
  if (point.type === 'tmpfs') return sys.host.memoryBytes / 2;
  return point.type === 'overlay' || point.type === 'ext4' ? 40 * 1024 ** 3 : 0;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `date +FORMAT`, in UTC. */
export function formatDate(ms: number, format: string): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const [day = '', month = ''] = [days[at.getUTCDay()], months[at.getUTCMonth()]];
  const hour = at.getUTCHours();
  const values: { readonly [letter: string]: () => string } = {
    Y: () => String(at.getUTCFullYear()),
    y: () => two(at.getUTCFullYear() % 100),
    m: () => two(at.getUTCMonth() + 1),
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2),
    H: () => two(hour),
    M: () => two(at.getUTCMinutes()),
    S: () => two(at.getUTCSeconds()),
    I: () => two(hour % 12 || 12),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    s: () => String(Math.floor(ms / 1000)),
    N: () => String(Math.floor(ms % 1000) * 1_000_000).padStart(9, '0'),
    A: () => day,
    a: () => day.slice(0, 3),
    B: () => month,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    Z: () => 'UTC',
    z: () => '+0000',
    n: () => '\n',
    t: () => '\t',
    '%': () => '%',
    u: () => String(at.getUTCDay() || 7),
    w: () => String(at.getUTCDay()),
    j: () => String(Math.floor((ms - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
    F: () => formatDate(ms, '%Y-%m-%d'),
    T: () => formatDate(ms, '%H:%M:%S'),
    R: () => formatDate(ms, '%H:%M'),
    D: () => formatDate(ms, '%m/%d/%y'),
    c: () => formatDate(ms, '%a %b %e %H:%M:%S %Y'),
    x: () => formatDate(ms, '%m/%d/%y'),
    X: () => formatDate(ms, '%H:%M:%S'),
  };
  return format.replace(/%[-_]?([A-Za-z%])/g, (whole, letter: string) => values[letter]?.() ?? whole);
}

async function date(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'uRI::d:r:s:', {
    utc: 'u',
    date: 'd',
    'iso-8601': 'I',
  });
  let ms = sys.now();
  const given = flags.get('d');
  if (given !== undefined) {
    const seconds = /^@(\d+)$/.exec(given)?.[1];
    ms =
      seconds !== undefined
        ? Number(seconds) * 1000
        : Date.parse(`${given.replace(' ', 'T')}${/[Z+]/.test(given) ? '' : given.includes(':') ? 'Z' : ''}`);
    if (Number.isNaN(ms)) return fail(sys, `invalid date '${given}'`);
  }
  if (flags.has('s')) return fail(sys, "can't set date: Operation not permitted");
  const [format] = rest;
  if (format !== undefined && !format.startsWith('+')) return fail(sys, `invalid date '${format}'`);
  const text = flags.has('R')
    ? formatDate(ms, '%a, %d %b %Y %H:%M:%S +0000')
    : flags.has('I')
      ? formatDate(ms, '%F')
      : formatDate(ms, format?.slice(1) ?? '%a %b %e %H:%M:%S UTC %Y');
  await sys.out(`${text}\n`);
  return 0;
}

async function stty(sys: Syscalls): Promise<number> {
  const terminal = sys.tty(0);
  const args = sys.args.slice(1);
  if (terminal === undefined) return fail(sys, 'standard input: Not a tty');
  if (args[0] === 'size') {
    if (terminal.height === 0 && terminal.width === 0) return fail(sys, 'standard input');
    await sys.out(`${terminal.height} ${terminal.width}\n`);
    return 0;
  }
  if (args.length === 0 || args[0] === '-a') {
    await sys.out(`speed 38400 baud; rows ${terminal.height}; columns ${terminal.width};\n`);
    return 0;
  }
  for (const arg of args) {
    if (arg === 'echo' || arg === '-echo') terminal.echo = arg === 'echo';
    else if (arg === 'raw' || arg === '-raw') terminal.cooked = arg === '-raw';
    else if (arg === 'sane') Object.assign(terminal, { echo: true, cooked: true });
  }
  return 0;
}
