import type { Json, JsonObject } from '../../base/json.ts';
import { type LinuxView, type NamespaceName, namespaceNames } from '../backend.ts';
import { inDocker } from './belonging.ts';
import { directoryOf, hierarchies, parseMemberships } from './cgroups.ts';
import { describeMount } from './describe.ts';
import { type CgroupFiles, cgroupFiles, readLimits } from './limits.ts';
import { mountsOf } from './mounts.ts';
import { lookInside, netTables } from './network.ts';
import { ancestorsOf, ownNamespaces, type Process, type Scan } from './processes.ts';
import { parseStatus } from './status.ts';

/** Fields that need a process of their own to be seen; the rest are files. */
export const insideFields: readonly string[] = ['hostname', 'ipc', 'interfaces'];

const maxMounts = 200;

/** What files say about a process. Cheap: about thirty reads. */
export async function outsideFacts(view: LinuxView, process: Process, scan: Scan): Promise<JsonObject> {
  const { pid } = process;
  const own = new Set(ownNamespaces(process, scan.host));
  const text = async (path: string, maxBytes?: number) => {
    const read = await view.read(path, maxBytes);
    return read.ok ? read.value : undefined;
  };
  const status = parseStatus((await text(`/proc/${pid}/status`)) ?? '');
  const memberships = (await text(`/proc/${pid}/cgroup`)) ?? '';
  const mounts = await mountsOf(view, pid);
  const root = await view.readlink(`/proc/${pid}/root`);
  const uidMap = await text(`/proc/${pid}/uid_map`);
  const motd = await text(`/proc/${pid}/root/etc/motd`, 4096);
  const ancestors = ancestorsOf(pid, scan);
  return compact({
    pid,
    padre: process.parent,
    comm: process.comm,
    orden: ((await text(`/proc/${pid}/cmdline`, 4096)) ?? '').split('\0').join(' ').trim(),
    padreComm: ancestors[0]?.comm,
    estado: process.state,
    uid: firstNumber(status.get('Uid')),
    gid: firstNumber(status.get('Gid')),
    ns: Object.fromEntries(
      namespaceNames
        .filter((name) => process.namespaces[name] !== undefined)
        .map((name) => [name, own.has(name)]),
    ),
    propios: [...own],
    inodos: process.namespaces as JsonObject,
    NSpid: (status.get('NSpid') ?? String(pid)).split(/\s+/).map(Number),
    uid_map: uidMap === undefined ? undefined : idMap(uidMap),
    CapEff: status.get('CapEff'),
    CapBnd: status.get('CapBnd'),
    Seccomp: wholeNumber(status.get('Seccomp')),
    NoNewPrivs: wholeNumber(status.get('NoNewPrivs')),
    raiz: root.ok ? root.value : undefined,
    motd: motd?.trim(),
    cgroups: [...new Set(parseMemberships(memberships).map((one) => one.path))],
    montajes: mounts.slice(-maxMounts).map(describeMount),
    ...(await procFacts(view, pid)),
    ...(await netTables(view, pid)),
    enDocker: view.rung !== 'station' && inDocker(memberships, ancestors),
    limites: { ...readLimits(await groupFiles(view, memberships)) } as JsonObject,
  });
}

/** What only shows from inside its namespaces of UTS, IPC and network, entering just those that are its own. */
export async function insideFacts(view: LinuxView, process: Process, scan: Scan): Promise<JsonObject> {
  const own = new Set(ownNamespaces(process, scan.host));
  const enter = (['uts', 'ipc', 'net'] satisfies NamespaceName[]).filter((name) => own.has(name));
  return compact({ ...(await lookInside(view, process.pid, enter)) });
}

function compact(value: { readonly [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function firstNumber(text: string | undefined): number | undefined {
  return wholeNumber(text?.split(/\s+/)[0]);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Lines of uid_map with single spaces: `0 1000 1`. */
function idMap(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '');
}

/** How many processes its own /proc shows, and whether that /proc is a mount of its own. */
async function procFacts(view: LinuxView, pid: number): Promise<{ [name: string]: Json | undefined }> {
  const names = await view.list(`/proc/${pid}/root/proc`);
  const its = await view.stat(`/proc/${pid}/root/proc`);
  const ours = await view.stat('/proc');
  return {
    procsVisibles: names.ok ? names.value.filter((name) => /^\d+$/.test(name)).length : undefined,
    procPropio: its.ok && ours.ok ? its.value.dev !== ours.value.dev : undefined,
  };
}

/** Files of the groups of a process, over all hierarchies; a v1 process has one group per controller. */
async function groupFiles(view: LinuxView, membershipText: string): Promise<CgroupFiles> {
  const memberships = parseMemberships(membershipText);
  const files: { [name: string]: string } = {};
  for (const hierarchy of hierarchies(await mountsOf(view, 'self'))) {
    const directory = directoryOf(hierarchy, memberships);
    // The root group has no limits, and its counters are those of the whole machine.
    if (directory === undefined || directory === hierarchy.point) continue;
    for (const name of cgroupFiles) {
      if (name in files) continue;
      const text = await view.read(`${directory}/${name}`, 8192);
      if (text.ok) files[name] = text.value.trim();
    }
  }
  return files;
}
