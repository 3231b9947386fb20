import type { Json, JsonObject } from '../../base/json.ts';
import { type LinuxView, type NamespaceName, namespaceNames } from '../backend.ts';
import { inDocker } from './belonging.ts';
import { directoryOf, parseMemberships } from './cgroups.ts';
import { describeMount } from './describe.ts';
import { type CgroupFiles, filesOf, readLimits } from './limits.ts';
import { mountsOf } from './mounts.ts';
import { lookInside, netTables } from './network.ts';
import { ancestorsOf, ownNamespaces, type Process, type Scan } from './processes.ts';
import { parseStatus } from './status.ts';

/** What is looked at together. A candidate only pays for the groups that the author's preferences name. */
export const factGroups = ['base', 'motd', 'montajes', 'proc', 'red', 'limites', 'dentro'] as const;
export type FactGroup = (typeof factGroups)[number];

const groupOfField: { readonly [field: string]: FactGroup } = {
  motd: 'motd',
  montajes: 'montajes',
  puntos: 'montajes',
  procsVisibles: 'proc',
  procPropio: 'proc',
  rutas: 'red',
  escucha: 'red',
  vecinos: 'red',
  limites: 'limites',
  hostname: 'dentro',
  ipc: 'dentro',
  interfaces: 'dentro',
};

/** The groups that hold these field paths. */
export function groupsOf(fields: readonly string[]): readonly FactGroup[] {
  const groups = fields.map((field) => groupOfField[field.split(/[.[]/)[0] ?? ''] ?? 'base');
  return [...new Set<FactGroup>(['base', ...groups])];
}

const maxMounts = 200;

/** Looks at some groups of facts about a process; only `dentro` starts a process of its own. */
export async function processFacts(
  view: LinuxView,
  process: Process,
  scan: Scan,
  groups: readonly FactGroup[],
): Promise<JsonObject> {
  const found = await Promise.all(groups.map((group) => look[group](view, process, scan)));
  return compact(Object.assign({}, ...found));
}

type Look = (
  view: LinuxView,
  process: Process,
  scan: Scan,
) => Promise<{ readonly [name: string]: Json | undefined }>;

const look: { readonly [group in FactGroup]: Look } = {
  base: baseFacts,
  motd: async (view, { pid }) => ({ motd: (await textOf(view, `/proc/${pid}/root/etc/motd`))?.trim() }),
  montajes: async (view, { pid }) => {
    const mounts = (await mountsOf(view, pid)).slice(-maxMounts);
    return { montajes: mounts.map(describeMount), puntos: mounts.map((one) => `${one.type} ${one.point}`) };
  },
  proc: procFacts,
  red: (view, { pid }) => netTables(view, pid),
  limites: async (view, { pid }, scan) => {
    const memberships = (await textOf(view, `/proc/${pid}/cgroup`)) ?? '';
    return { limites: { ...readLimits(await groupFiles(view, memberships, scan)) } };
  },
  // Enters just the namespaces that are its own, so that a process without any costs no special right.
  dentro: async (view, process, scan) => {
    const own = ownNamespaces(process, scan.host);
    const enter = (['uts', 'ipc', 'net'] satisfies NamespaceName[]).filter((name) => own.includes(name));
    return { ...(await lookInside(view, process.pid, enter)) };
  },
};

async function textOf(view: LinuxView, path: string, maxBytes = 8192): Promise<string | undefined> {
  const read = await view.read(path, maxBytes);
  return read.ok ? read.value : undefined;
}

async function baseFacts(view: LinuxView, process: Process, scan: Scan): ReturnType<Look> {
  const { pid } = process;
  const own = ownNamespaces(process, scan.host);
  const [statusText, memberships = '', uidMap, commandLine, root] = await Promise.all([
    textOf(view, `/proc/${pid}/status`),
    textOf(view, `/proc/${pid}/cgroup`),
    textOf(view, `/proc/${pid}/uid_map`),
    textOf(view, `/proc/${pid}/cmdline`),
    view.readlink(`/proc/${pid}/root`),
  ]);
  const status = parseStatus(statusText ?? '');
  const ancestors = ancestorsOf(pid, scan);
  return {
    pid,
    padre: process.parent,
    comm: process.comm,
    orden: (commandLine ?? '').split('\0').join(' ').trim(),
    padreComm: ancestors[0]?.comm,
    estado: process.state,
    uid: firstNumber(status.get('Uid')),
    gid: firstNumber(status.get('Gid')),
    ns: Object.fromEntries(
      namespaceNames
        .filter((name) => process.namespaces[name] !== undefined)
        .map((name) => [name, own.includes(name)]),
    ),
    propios: own,
    inodos: process.namespaces as JsonObject,
    NSpid: (status.get('NSpid') ?? String(pid)).split(/\s+/).map(Number),
    uid_map: uidMap === undefined ? undefined : idMap(uidMap),
    CapEff: status.get('CapEff'),
    CapBnd: status.get('CapBnd'),
    Seccomp: wholeNumber(status.get('Seccomp')),
    NoNewPrivs: wholeNumber(status.get('NoNewPrivs')),
    raiz: root.ok ? root.value : undefined,
    cgroups: [...new Set(parseMemberships(memberships).map((one) => one.path))],
    enDocker: view.rung !== 'station' && inDocker(memberships, ancestors),
  };
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
async function procFacts(view: LinuxView, { pid }: Process): ReturnType<Look> {
  const [names, its, ours] = await Promise.all([
    view.list(`/proc/${pid}/root/proc`),
    view.stat(`/proc/${pid}/root/proc`),
    view.stat('/proc'),
  ]);
  return {
    procsVisibles: names.ok ? names.value.filter((name) => /^\d+$/.test(name)).length : undefined,
    procPropio: its.ok && ours.ok ? its.value.dev !== ours.value.dev : undefined,
  };
}

/** Files of the groups of a process, over all hierarchies; a v1 process has one group per controller. */
async function groupFiles(view: LinuxView, membershipText: string, scan: Scan): Promise<CgroupFiles> {
  const memberships = parseMemberships(membershipText);
  const files: { [name: string]: string } = {};
  for (const hierarchy of scan.hierarchies) {
    const directory = directoryOf(hierarchy, memberships);
    // The root group has no limits, and its counters are those of the whole machine.
    if (directory === undefined || directory === hierarchy.point) continue;
    const wanted = filesOf(hierarchy).filter((name) => !(name in files));
    const texts = await Promise.all(wanted.map((name) => textOf(view, `${directory}/${name}`)));
    for (const [index, text] of texts.entries()) {
      const name = wanted[index];
      if (name !== undefined && text !== undefined) files[name] = text.trim();
    }
  }
  return files;
}
