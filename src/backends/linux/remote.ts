import type { FileFacts, LinuxView, NamespaceName, Read, Rung } from '../../checks/backend.ts';
import type { EvidenceLevel } from '../../checks/verdict.ts';
import { enterCommand } from './enter-command.ts';
import { fileSystemName } from './file-systems.ts';
import { batchOf, type Question, quote } from './questions.ts';

/** Runs a script with `sh` on the other machine, one at a time. Rejects when there is nobody there any more. */
export type RunScript = (
  script: string,
  timeoutMs: number,
) => Promise<{ readonly exitCode: number; readonly output: Buffer }>;

export interface RemoteLinuxOptions {
  readonly run: RunScript;
  readonly rung: Rung;
  readonly level: EvidenceLevel;
  /** Pid, as the other machine sees it, of the process that stands for "the host". */
  readonly selfPid: number;
  /** A word that no file holds: it separates answers. */
  readonly mark: string;
}

const batchTimeoutMs = 5_000;
const enterTimeoutMs = 3_000;
const enterMaxBytes = 64 * 1024;
const defaultReadBytes = 64 * 1024;
/** Questions in one script; its words stay far below what a command line may hold. */
const maxBatch = 800;

interface Pending {
  readonly question: Question;
  readonly answer: (read: Read<Buffer>) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * A Linux that is reached through a shell: the station, or an auxiliary container that sees a virtual machine. Every
 * round trip costs milliseconds, so what is asked in one turn of the event loop travels together.
 */
export function createRemoteLinux({ run, rung, level, selfPid, mark }: RemoteLinuxOptions): LinuxView {
  let pending: Pending[] = [];

  const flush = () => {
    const batch = pending.slice(0, maxBatch);
    pending = pending.slice(maxBatch);
    if (pending.length > 0) process.nextTick(flush);
    const { script, read } = batchOf(
      batch.map((one) => one.question),
      mark,
    );
    run(script, batchTimeoutMs).then(
      ({ output }) => {
        const answers = read(output);
        for (const [index, one] of batch.entries())
          one.answer(answers[index] ?? { ok: false, error: 'OTHER' });
      },
      (error: unknown) => {
        for (const one of batch) one.fail(error);
      },
    );
  };
  /** The tick comes when every promise of this turn has gone as far as it could: all its questions are in. */
  const ask = (question: Question): Promise<Read<Buffer>> =>
    new Promise((answer, fail) => {
      if (pending.length === 0) process.nextTick(flush);
      pending.push({ question, answer, fail });
    });

  return {
    rung,
    level,
    selfPid,
    async read(path, maxBytes = defaultReadBytes, encoding = 'utf8') {
      const how = encoding === 'utf8' ? kernelFile(path) : undefined;
      const seen = await ask(how === undefined ? { ask: 'bytes', path, maxBytes } : { ask: how, path });
      return map(seen, (bytes) => bytes.subarray(0, maxBytes).toString(encoding));
    },
    readlink: async (path) => map(await ask({ ask: 'link', path }), (bytes) => bytes.toString('utf8')),
    list: async (path) =>
      map(await ask({ ask: 'names', path }), (bytes) =>
        bytes
          .toString('utf8')
          .split('\n')
          .filter((name) => name !== ''),
      ),
    stat: async (path, follow = true) =>
      map(await ask({ ask: follow ? 'facts' : 'linkFacts', path }), (bytes) =>
        readFacts(bytes.toString('utf8')),
      ),
    fileSystemType: async (path) =>
      map(await ask({ ask: 'fileSystem', path }), (bytes) => knownName(bytes.toString('utf8').trim())),
    enter: (pid, namespaces, argv) => enter(run, pid, namespaces, argv),
  };
}

function map<From, To>(read: Read<From>, change: (value: From) => To): Read<To> {
  return read.ok ? { ok: true, value: change(read.value) } : read;
}

/** Files of the kernel are made of lines, or of words that end in NUL, and one `grep` reads many of them. */
function kernelFile(path: string): 'text' | 'words' | undefined {
  // A colon would be taken for the end of the path.
  if (!/^\/(proc|sys)\/[^:\n]*$/.test(path) || path.includes('/root/')) return undefined;
  return /\/(environ|cmdline)$/.test(path) ? 'words' : 'text';
}

const typesByMode: { readonly [bits: number]: FileFacts['type'] } = {
  32768: 'file',
  16384: 'directory',
  40960: 'link',
  8192: 'chardev',
  24576: 'blockdev',
  4096: 'fifo',
  49152: 'socket',
};

/** The numbers of `factsFormat`; the mode and the device come in hexadecimal. */
function readFacts(line: string): FileFacts {
  const [mode = '0', dev, ino, uid, gid, size, major = '0', minor = '0'] = line.split(' ');
  const bits = Number.parseInt(mode, 16);
  return {
    type: typesByMode[bits & 0xf000] ?? 'file',
    dev: Number(dev),
    ino: Number(ino),
    mode: bits & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    sizeBytes: Number(size),
    rdev: `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`,
  };
}

/** busybox knows few names and prints the number of the others. */
function knownName(text: string): string {
  const magic = /(?:0x|^)([0-9a-f]{4,8})\)?$/.exec(text)?.[1];
  return magic === undefined ? text : fileSystemName(Number.parseInt(magic, 16));
}

/** The station's shell is root there, so the way in needs no user namespace. */
async function enter(
  run: RunScript,
  pid: number,
  namespaces: readonly NamespaceName[],
  argv: readonly string[],
): Promise<Read<{ exitCode: number; output: string }>> {
  const command = enterCommand(pid, namespaces, argv, false).map(quote).join(' ');
  const { exitCode, output } = await run(command, enterTimeoutMs);
  const text = output.subarray(0, enterMaxBytes).toString('utf8');
  if (exitCode === 127) return { ok: false, error: 'ENOENT' };
  if (exitCode !== 0 && /^nsenter: .*(not permitted|denied)/m.test(text))
    return { ok: false, error: 'EPERM' };
  if (exitCode !== 0 && /^nsenter: .*No such (process|file)/m.test(text))
    return { ok: false, error: 'ESRCH' };
  return { ok: true, value: { exitCode, output: text } };
}
