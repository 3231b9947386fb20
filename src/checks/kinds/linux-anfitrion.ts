import type { Json, JsonObject } from '../../base/json.ts';
import { namespaceNames } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { cgroupMode } from '../linux/cgroups.ts';
import { describeMount } from '../linux/describe.ts';
import { mountsOf } from '../linux/mounts.ts';
import { lookAtHost, netTables } from '../linux/network.ts';
import { parseStatus } from '../linux/status.ts';
import { usernsFacts } from '../linux/userns.ts';
import { linuxLevel, linuxOf, linuxPollMs } from './linux-access.ts';

/** The machine itself (or the station), outside of what the learner isolates. */
export const linuxAnfitrion = {
  name: 'linux.anfitrion',
  view: 'linux',
  doc: 'El anfitrión: el Linux donde trabajas, por fuera de lo que aíslas.',
  params: {},
  fields: {
    hostname: 'nombre de la máquina',
    kernel: 'versión del kernel',
    cgroup: '`v1`, `v2` o `hibrido`',
    uid: 'UID con el que mira el curso',
    procesos: 'cuántos procesos hay',
    ns: 'inodo de cada namespace: `{uts: "4026531838"…}`',
    montajes: 'lista de `{punto, tipo, raiz, fuente, propagacion}`',
    puntos: 'lo mismo en corto, para `contiene`: `["tmpfs /tmp/pan-7f3c"]`',
    'ipc.segmentos': 'segmentos de memoria compartida (System V)',
    'ipc.colas': 'colas de mensajes (System V)',
    interfaces:
      'lista de `{nombre, indice, par, arriba, direcciones, tipo}`; `par` es el `iflink` de un veth',
    rutas: 'rutas IPv4, como las escribe `ip route`',
    escucha: 'puertos TCP en los que alguien escucha',
    vecinos: 'direcciones IPv4 con las que ya ha hablado (tabla ARP)',
    'userns.permitidos': 'un usuario sin privilegios puede crear user namespaces',
    'userns.restringidos': 'AppArmor los permite pero sin capacidades (Ubuntu 23.10 o posterior)',
  },
  object: () => 'el anfitrión',
  command: (_params, field) => commands[field.split(/[.[]/)[0] ?? ''] ?? '',
  absentAdvice: () => ({
    why: 'No pude leer el estado de este Linux.',
    next: 'Ejecuta `curso doctor`: dice qué falta.',
  }),
  observe: async (context) => {
    const view = linuxOf(context.backend);
    const text = async (path: string) => {
      const read = await view.read(path);
      return read.ok ? read.value.trim() : undefined;
    };
    const [mounts, statusText, pids, kernel, links, inside, tables, userns] = await Promise.all([
      mountsOf(view, view.selfPid),
      text(`/proc/${view.selfPid}/status`),
      view.list('/proc'),
      text('/proc/sys/kernel/osrelease'),
      Promise.all(namespaceNames.map((name) => view.readlink(`/proc/${view.selfPid}/ns/${name}`))),
      lookAtHost(view),
      netTables(view, view.selfPid),
      usernsFacts(view),
    ]);
    const inodes = Object.fromEntries(
      namespaceNames.flatMap((name, index) => {
        const link = links[index];
        return link?.ok ? [[name, /\[(\d+)\]/.exec(link.value)?.[1] ?? link.value]] : [];
      }),
    );
    const value: { [name: string]: Json | undefined } = {
      kernel,
      cgroup: cgroupMode(mounts),
      uid: Number(
        parseStatus(statusText ?? '')
          .get('Uid')
          ?.split(/\s+/)[0] ?? -1,
      ),
      procesos: pids.ok ? pids.value.filter((name) => /^\d+$/.test(name)).length : 0,
      ns: inodes,
      montajes: mounts.slice(-200).map(describeMount),
      puntos: mounts.slice(-200).map((one) => `${one.type} ${one.point}`),
      ...inside,
      ...tables,
      userns,
    };
    const known = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
    return { state: 'found', value: Object.fromEntries(known) satisfies JsonObject };
  },
  level: linuxLevel,
  pollMs: linuxPollMs,
} as const satisfies CheckKind;

const commands: { readonly [field: string]: string } = {
  hostname: 'hostname',
  kernel: 'uname -r',
  cgroup: 'stat -f -c %T /sys/fs/cgroup',
  uid: 'id -u',
  procesos: 'ls -d /proc/[0-9]* | wc -l',
  ns: 'ls -l /proc/self/ns',
  montajes: 'cat /proc/self/mountinfo',
  puntos: 'cat /proc/self/mountinfo',
  ipc: 'ipcs -m -q',
  interfaces: 'ip -d addr',
  rutas: 'ip route',
  escucha: 'ss -ltn',
  vecinos: 'ip neigh',
  userns: 'unshare -Ur id',
};
