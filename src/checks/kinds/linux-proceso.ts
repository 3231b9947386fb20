import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook, type NamespaceName, namespaceNames } from '../backend.ts';
import type { CheckKind, Matcher } from '../check.ts';
import { chooseProcess, startedWithoutFork } from '../linux/candidates.ts';
import { scanProcesses } from '../linux/processes.ts';
import { linuxLevel, linuxOf, linuxPollMs, marksOf, textParam } from './linux-access.ts';

/** The learner's living process: the one with the namespaces asked for that best meets `elige`. */
export const linuxProceso = {
  name: 'linux.proceso',
  view: 'linux',
  doc: 'El proceso vivo del alumno que mejor encaja: se busca por sus namespaces y por `elige`.',
  params: {
    ns: { type: 'list', doc: 'namespaces que deben ser distintos de los del anfitrión: `[uts, net]`' },
    elige: {
      type: 'map',
      doc: '`campo: comparador`; entre varios procesos gana el que cumple más; si empatan, pesan más las primeras',
    },
    incluye: {
      type: 'text',
      doc: '`namespace` (por defecto): solo procesos con algún namespace propio; `todos`: también los demás; `contenedores`: también los de un motor, si cumplen lo primero de `elige`',
    },
  },
  fields: {
    pid: 'PID en el anfitrión',
    padre: 'PID del padre',
    comm: 'nombre corto del proceso',
    orden: 'la orden con sus argumentos',
    padreComm: 'nombre corto del padre',
    estado: 'letra de estado: `S`, `R`, `Z`…',
    uid: 'UID, visto desde el anfitrión',
    gid: 'GID, visto desde el anfitrión',
    'ns.uts': '`true` si ese namespace es propio (mnt, uts, ipc, pid, net, user, cgroup, time)',
    propios: 'lista de los namespaces propios',
    'inodos.uts': 'inodo de cada namespace, como texto',
    NSpid: 'sus PID, de fuera adentro: `[18700, 1]`',
    uid_map: 'líneas del mapa de UID: `["0 1000 1"]`; vacía si no hay mapa',
    CapEff: 'capacidades efectivas, en hexadecimal',
    CapBnd: 'límite de capacidades, en hexadecimal',
    Seccomp: '0 sin filtro, 2 con filtro',
    NoNewPrivs: '1 si no puede ganar privilegios',
    raiz: 'su raíz según `/proc/<pid>/root`: la carpeta con chroot, `/` con pivot_root',
    motd: 'texto de `etc/motd` visto desde su raíz',
    hostname: 'nombre de la máquina visto por él',
    cgroups: 'caminos de sus cgroups',
    montajes: 'lo que él ve montado: `{punto, tipo, raiz, fuente, propagacion}`',
    puntos: 'lo mismo en corto, para `contiene`: `["tmpfs /tmp/pan-7f3c"]`',
    procsVisibles: 'cuántos procesos muestra su propio `/proc`',
    procPropio: '`true` si su `/proc` no es el del anfitrión',
    'ipc.segmentos': 'segmentos de memoria compartida que ve',
    'ipc.colas': 'colas de mensajes que ve',
    interfaces: 'sus interfaces: `{nombre, indice, par, arriba, direcciones, tipo}`',
    rutas: 'sus rutas IPv4',
    vecinos: 'direcciones IPv4 con las que su red ya ha hablado (tabla ARP)',
    escucha: 'puertos TCP en los que alguien escucha en su red',
    enDocker: '`true` si lo arrancó un motor de contenedores',
    candidatos: 'cuántos procesos podían ser',
    otros: 'por cada campo de `elige` que este no cumple y otro proceso tuyo sí: `{escucha: {pid, orden}}`',
    sinFork: '`true`, si no hay ninguno, cuando alguien hizo `unshare --pid` sin `--fork`',
    'limites.pidsMax': 'límite de procesos de su cgroup',
    'limites.memoriaBytes': 'límite de memoria de su cgroup',
    'limites.cpuPorcentaje': 'límite de CPU de su cgroup: 50 es media CPU',
  },
  object: (params) => {
    const names = wantedNamespaces(params);
    return names.length === 0 ? 'tu proceso' : `tu proceso con ${names.join(', ')} propio`;
  },
  command: (params, field, observation) => {
    const pid = observation.state === 'found' ? observation.value['pid'] : undefined;
    return typeof pid === 'number' ? commandFor(field, pid) : searchCommand(params);
  },
  absentAdvice: (params) => {
    const names = wantedNamespaces(params);
    return {
      why:
        names.length === 0
          ? 'No veo ningún proceso tuyo con algo propio.'
          : `No veo ningún proceso tuyo con ${names.join(', ')} propio: un namespace vive mientras vive un proceso dentro.`,
      next: 'Déjalo vivo, con `&` o en otra terminal, mientras compruebas.',
    };
  },
  observe: async (context, params) => {
    const view = linuxOf(context.backend);
    const scan = await scanProcesses(view);
    if (scan.processes.size === 0)
      throw new CouldNotLook({
        reason: 'linux-missing',
        why: 'No puedo leer `/proc`: sin él no hay procesos que mirar.',
        next: 'Monta `/proc` o abre el curso en una terminal normal.',
      });
    const chosen = await chooseProcess(view, scan, {
      namespaces: wantedNamespaces(params),
      onlyWithNamespace: textParam(params, 'incluye', 'namespace') !== 'todos',
      containers: textParam(params, 'incluye', 'namespace') === 'contenedores',
      prefer: preferences(params),
      marks: marksOf(context),
    });
    if (chosen === undefined) {
      const lonely = wantedNamespaces(params).includes('pid')
        ? await startedWithoutFork(view, scan, marksOf(context))
        : undefined;
      return {
        state: 'absent',
        value: { candidatos: 0, ...(lonely === undefined ? {} : { sinFork: true, pid: lonely }) },
      };
    }
    return { state: 'found', value: { ...chosen.facts, candidatos: chosen.candidates } };
  },
  level: linuxLevel,
  pollMs: linuxPollMs,
} as const satisfies CheckKind;

function wantedNamespaces(params: JsonObject): readonly NamespaceName[] {
  const list = params['ns'];
  if (!Array.isArray(list)) return [];
  return namespaceNames.filter((name) => list.includes(name));
}

function preferences(params: JsonObject): { readonly [field: string]: Matcher } {
  const map = params['elige'];
  return map !== null && typeof map === 'object' && !Array.isArray(map) ? (map as JsonObject) : {};
}

function searchCommand(params: JsonObject): string {
  const [first] = wantedNamespaces(params);
  return first === undefined ? '' : `sudo lsns -t ${first}`;
}

function commandFor(field: string, pid: number): string {
  const name = field.split(/[.[]/)[0] ?? '';
  const proc = `/proc/${pid}`;
  const commands: { readonly [field: string]: string } = {
    ns: `ls -l ${proc}/ns`,
    propios: `ls -l ${proc}/ns`,
    inodos: `ls -l ${proc}/ns`,
    uid_map: `cat ${proc}/uid_map`,
    raiz: `sudo readlink ${proc}/root`,
    motd: `sudo cat ${proc}/root/etc/motd`,
    hostname: `sudo nsenter -t ${pid} -u hostname`,
    cgroups: `cat ${proc}/cgroup`,
    limites: `cat ${proc}/cgroup`,
    montajes: `cat ${proc}/mountinfo`,
    puntos: `cat ${proc}/mountinfo`,
    procsVisibles: `sudo ls ${proc}/root/proc`,
    procPropio: `grep ' /proc ' ${proc}/mountinfo`,
    ipc: `sudo nsenter -t ${pid} -i ipcs`,
    interfaces: `sudo nsenter -t ${pid} -n ip addr`,
    rutas: `sudo nsenter -t ${pid} -n ip route`,
    escucha: `sudo nsenter -t ${pid} -n ss -ltn`,
    orden: `tr '\\0' ' ' < ${proc}/cmdline`,
  };
  return (
    commands[name] ??
    (/^(NSpid|Cap|Seccomp|NoNew|uid|gid|estado|comm)/.test(name) ? `cat ${proc}/status` : '')
  );
}
