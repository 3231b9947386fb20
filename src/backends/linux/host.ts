import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import type { FileFacts, LinuxView, NamespaceName, Read, Rung } from '../../checks/backend.ts';
import type { EvidenceLevel } from '../../checks/verdict.ts';
import { asReadError } from '../files.ts';
import { enterCommand } from './enter-command.ts';
import { fileSystemName } from './file-systems.ts';
import { searchPath } from './search-path.ts';

export interface HostLinuxOptions {
  readonly rung: Rung;
  readonly level?: EvidenceLevel;
  /** Pid that stands for "the host" when namespaces are compared; this process by default. */
  readonly selfPid?: number;
  /** Prefix put before every path: a recorded `/proc` and `/sys` in a folder. Empty by default: the real ones. */
  readonly root?: string;
}

/** Bounds of `enter`, which runs a read-only tool in the namespaces of another process. */
const enterTimeoutMs = 3_000;
const enterMaxBytes = 64 * 1024;
const defaultReadBytes = 64 * 1024;

/**
 * The kernel of this machine. Files are read synchronously on purpose: `/proc` and `/sys` never wait for a disk, and a
 * scan of hundreds of tiny files through the thread pool costs ten times as much.
 */
export function createHostLinux(options: HostLinuxOptions): LinuxView {
  const root = options.root ?? '';
  const selfPid = options.selfPid ?? process.pid;
  const at = (path: string) => (root === '' ? path : root + path);
  return {
    rung: options.rung,
    level: options.level ?? 'real',
    selfPid,
    read: async (path, maxBytes = defaultReadBytes, encoding = 'utf8') =>
      attempt(() => readBounded(at(path), maxBytes, encoding)),
    readlink: async (path) => attempt(() => readlinkSync(at(path))),
    list: async (path) => attempt(() => readdirSync(at(path))),
    stat: async (path, follow = true) =>
      attempt(() => fileFacts(follow ? statSync(at(path)) : lstatSync(at(path)))),
    fileSystemType: async (path) => attempt(() => fileSystemName(statfsSync(at(path)).type)),
    enter: (pid, namespaces, argv) => enter(at, pid, namespaces, argv),
  };
}

function attempt<T>(look: () => T): Read<T> {
  try {
    return { ok: true, value: look() };
  } catch (error) {
    return { ok: false, error: asReadError(error) };
  }
}

/** Never blocks: a FIFO or a terminal that a learner left at that path is refused with EINVAL. */
function readBounded(path: string, maxBytes: number, encoding: 'utf8' | 'latin1'): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    if (facts.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    if (!facts.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    // Files of /proc say 0 bytes, so the buffer grows by pages until the end or the bound.
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < maxBytes) {
      const chunk = Buffer.allocUnsafe(Math.min(4096 << Math.min(chunks.length, 4), maxBytes - total));
      const got = readSync(file, chunk, 0, chunk.length, null);
      if (got === 0) break;
      chunks.push(chunk.subarray(0, got));
      total += got;
    }
    return Buffer.concat(chunks).toString(encoding);
  } finally {
    closeSync(file);
  }
}

function fileFacts(stats: Stats): FileFacts {
  return {
    type: fileType(stats),
    dev: stats.dev,
    ino: stats.ino,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    sizeBytes: stats.size,
    rdev: `${deviceMajor(stats.rdev)}:${deviceMinor(stats.rdev)}`,
  };
}

function fileType(stats: Stats): FileFacts['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isCharacterDevice()) return 'chardev';
  if (stats.isBlockDevice()) return 'blockdev';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

// glibc's gnu_dev_major and gnu_dev_minor; only the low 32 bits are in use.
const deviceMajor = (rdev: number) => (rdev >>> 8) & 0xfff;
const deviceMinor = (rdev: number) => (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);

async function enter(
  at: (path: string) => string,
  pid: number,
  namespaces: readonly NamespaceName[],
  argv: readonly string[],
): Promise<Read<{ exitCode: number; output: string }>> {
  const own = attempt(() => readlinkSync(at('/proc/self/ns/user')));
  const its = attempt(() => readlinkSync(at(`/proc/${pid}/ns/user`)));
  if (!its.ok) return { ok: false, error: its.error === 'ENOENT' ? 'ESRCH' : its.error };
  const crosses = process.getuid?.() !== 0 && own.ok && own.value !== its.value;
  const result = await runTool(enterCommand(pid, namespaces, argv, crosses));
  // nsenter itself says 1 and names the step which the kernel refused; a tool's own failure is not ours to judge.
  if (
    result.ok &&
    result.value.exitCode !== 0 &&
    /^nsenter: .*(not permitted|denied)/m.test(result.value.output)
  )
    return { ok: false, error: 'EPERM' };
  return result;
}

/** Runs a short tool without a shell, bounded in bytes and time. ENOENT when the tool is not installed. */
export function runTool(
  argv: readonly string[],
  timeoutMs = enterTimeoutMs,
): Promise<Read<{ exitCode: number; output: string }>> {
  return new Promise((resolve) => {
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      env: { PATH: searchPath(process.env['PATH']), LC_ALL: 'C' },
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < enterMaxBytes) output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ ok: false, error: asReadError(error) }));
    child.on('close', (exitCode) =>
      resolve({ ok: true, value: { exitCode: exitCode ?? 124, output: output.slice(0, enterMaxBytes) } }),
    );
  });
}
