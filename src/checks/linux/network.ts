import type { JsonObject } from '../../base/json.ts';
import type { LinuxView, NamespaceName } from '../backend.ts';
import { type Interface, interfacesFromProc, parseIpAddr } from './interfaces.ts';
import { parseRoutes } from './routes.ts';
import { parseListening } from './sockets.ts';

/** Routes, listening ports and known neighbours of the network namespace of `pid`, read without entering it. */
export async function netTables(
  view: LinuxView,
  pid: number,
): Promise<{
  readonly rutas: readonly string[];
  readonly escucha: readonly number[];
  readonly vecinos: readonly string[];
}> {
  const table = async (name: string) => {
    const text = await view.read(`/proc/${pid}/net/${name}`, 256 * 1024);
    return text.ok ? text.value : '';
  };
  const names = ['tcp', 'tcp6', 'route', 'arp'] as const;
  const [tcp = '', tcp6 = '', route = '', arp = ''] = await Promise.all(names.map(table));
  const ports = new Set([...parseListening(tcp), ...parseListening(tcp6)].map((socket) => socket.port));
  return {
    rutas: parseRoutes(route),
    escucha: [...ports].sort((a, b) => a - b),
    vecinos: parseNeighbours(arp),
  };
}

/** Addresses of `/proc/<pid>/net/arp` whose hardware address is known (ATF_COM, 0x2, of include/uapi/linux/if_arp.h). */
function parseNeighbours(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [address = '', , flags = ''] = line.trim().split(/\s+/);
    return /^\d+(\.\d+){3}$/.test(address) && (Number(flags) & 0x2) !== 0 ? [address] : [];
  });
}

/** Text between the parts of one answer, so that entering costs one process and not three. */
const separator = '%%curso%%';

/** What can only be known from inside: the host name, the IPC objects and the interfaces. */
export interface Inside {
  readonly hostname?: string;
  readonly ipc?: JsonObject;
  readonly interfaces?: readonly JsonObject[];
}

/** Only built-ins of `sh` but for `ip`: each process more would cost a millisecond of every look. */
const insideScript = [
  'show() { while IFS= read -r line; do echo "$line"; done < "$1"; echo \'%%curso%%\'; }',
  'show /proc/sys/kernel/hostname',
  'show /proc/sysvipc/shm',
  'show /proc/sysvipc/msg',
  'ip -d addr 2>/dev/null || ip addr 2>/dev/null',
].join('\n');

/**
 * Enters only `namespaces` (of uts, ipc and net) of `pid`; the mount namespace stays ours, so the tools are ours too.
 * Parts that could not be seen are missing.
 */
export async function lookInside(
  view: LinuxView,
  pid: number,
  namespaces: readonly NamespaceName[],
): Promise<Inside> {
  const answer = await view.enter(pid, namespaces, ['sh', '-c', insideScript]);
  if (!answer.ok) return {};
  const parts = answer.value.output.split(`${separator}\n`);
  const [hostname, shm, msg, addresses] = parts;
  if (parts.length !== 4 || hostname === undefined) return {};
  const interfaces = parseIpAddr(addresses ?? '');
  return {
    hostname: hostname.trim(),
    ipc: { segmentos: dataLines(shm), colas: dataLines(msg) },
    interfaces: (interfaces.length > 0 ? interfaces : await withoutIp(view, pid)).map(describeInterface),
  };
}

/**
 * What the host shows, wherever we look from: an auxiliary container looks at the machine that runs it, so it enters
 * the namespaces of that machine's first process.
 */
export async function lookAtHost(view: LinuxView): Promise<Inside> {
  const names = ['uts', 'ipc', 'net'] as const satisfies readonly NamespaceName[];
  const differs = await Promise.all(
    names.map(async (name) => {
      const [ours, its] = await Promise.all([
        view.readlink(`/proc/self/ns/${name}`),
        view.readlink(`/proc/${view.selfPid}/ns/${name}`),
      ]);
      return ours.ok && its.ok && ours.value !== its.value;
    }),
  );
  return lookInside(
    view,
    view.selfPid,
    names.filter((_, index) => differs[index]),
  );
}

/** Both tables of `/proc/sysvipc` have one heading line and one line per object. */
function dataLines(table: string | undefined): number {
  return Math.max(0, (table ?? '').split('\n').filter((line) => /^\s*-?\d/.test(line)).length);
}

async function withoutIp(view: LinuxView, pid: number): Promise<readonly Interface[]> {
  const text = async (name: string) => {
    const read = await view.read(`/proc/${pid}/net/${name}`);
    return read.ok ? read.value : '';
  };
  return interfacesFromProc(await text('dev'), await text('fib_trie'), parseRoutes(await text('route')));
}

function describeInterface(one: Interface): JsonObject {
  return {
    nombre: one.name,
    indice: one.index,
    par: one.peer,
    arriba: one.up,
    tipo: one.type,
    direcciones: one.addresses,
  };
}
