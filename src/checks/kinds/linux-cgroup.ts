import type { Json, JsonObject } from '../../base/json.ts';
import type { CheckKind, Observation } from '../check.ts';
import { cgroupModeOf } from '../linux/cgroups.ts';
import { findGroups, findOutside } from '../linux/find-group.ts';
import { type CgroupFiles, readLimits } from '../linux/limits.ts';
import { parseStat } from '../linux/status.ts';
import { linuxLevel, linuxOf, linuxPollMs, textParam } from './linux-access.ts';

/** A control group by its directory's name, wherever it hangs; on v1 gathered over the controllers. */
export const linuxCgroup = {
  name: 'linux.cgroup',
  view: 'linux',
  doc: 'Un cgroup por el nombre de su carpeta; en v1 junta las carpetas de ese nombre de todos los controladores.',
  params: {
    nombre: { type: 'text', required: true, doc: 'nombre de la carpeta: `pan-7f3c`' },
    controlador: { type: 'text', doc: 'en v1, mira solo ese controlador (`pids`, `memory`, `cpu`)' },
  },
  fields: {
    version: '`v1` o `v2`: la jerarquía donde está',
    ruta: 'carpeta del cgroup',
    rutas: 'en v1, carpeta por controlador: `{pids: …}`',
    procesos: 'PID que hay dentro',
    vivos: 'cuántos de ellos viven (un zombi no cuenta)',
    pidsMax: 'límite de procesos; falta si no hay límite',
    memoriaBytes: 'límite de memoria en bytes; falta si no hay límite',
    cpuPorcentaje: 'límite de CPU: 50 es media CPU; falta si no hay límite',
    rechazos: 'procesos que el límite no dejó nacer (`pids.events`)',
    frenadas: 'veces que el límite de CPU lo frenó (`nr_throttled`)',
    oomKills: 'procesos muertos por falta de memoria',
    'pids.max': 'texto del archivo; igual con `memory.max`, `cpu.max`, `cpu.stat`, `memory.limit_in_bytes`…',
    'cgroup.controllers': 'en v2, controladores disponibles',
    'cgroup.subtree_control': 'en v2, controladores que reparte a sus hijos',
    fuera: 'si no existe: carpeta de ese nombre que está fuera de un controlador',
  },
  object: (params) => `el cgroup ${textParam(params, 'nombre')}`,
  command: (params, field, observation) => command(textParam(params, 'nombre'), field, observation),
  absentAdvice: (params, observation) => absentAdvice(textParam(params, 'nombre'), observation),
  observe: async (context, params) => {
    const view = linuxOf(context.backend);
    const name = textParam(params, 'nombre');
    const groups = await findGroups(view, name, textParam(params, 'controlador'));
    const [first] = groups;
    if (first === undefined) {
      const outside = await findOutside(view, name, context.attempt.folder);
      const version = await cgroupModeOf(view);
      return { state: 'absent', value: outside === undefined ? { version } : { version, fuera: outside } };
    }
    const files: CgroupFiles = Object.assign({}, ...[...groups].reverse().map((group) => group.files));
    const pids = [...new Set(groups.flatMap((group) => group.processes))].sort((a, b) => a - b);
    const stats = await Promise.all(pids.map((pid) => view.read(`/proc/${pid}/stat`, 4096)));
    const alive = stats.filter((stat) => {
      const state = stat.ok ? parseStat(stat.value)?.state : undefined;
      return state !== undefined && state !== 'Z' && state !== 'X';
    }).length;
    const paths: { [controller: string]: Json } = {};
    for (const group of groups) for (const controller of group.controllers) paths[controller] = group.path;
    const value: JsonObject = {
      ...files,
      version: first.version,
      ruta: first.path,
      rutas: paths,
      procesos: pids.slice(0, 500),
      vivos: alive,
      ...readLimits(files),
    };
    return { state: 'found', value };
  },
  level: linuxLevel,
  pollMs: linuxPollMs,
} as const satisfies CheckKind;

/** The file behind each normalised field, by version. */
const filesOf: {
  readonly [field: string]: { readonly v1: string; readonly v2: string; readonly controller: string };
} = {
  procesos: { v1: 'cgroup.procs', v2: 'cgroup.procs', controller: '' },
  vivos: { v1: 'cgroup.procs', v2: 'cgroup.procs', controller: '' },
  pidsMax: { v1: 'pids.max', v2: 'pids.max', controller: 'pids' },
  rechazos: { v1: 'pids.events', v2: 'pids.events', controller: 'pids' },
  memoriaBytes: { v1: 'memory.limit_in_bytes', v2: 'memory.max', controller: 'memory' },
  oomKills: { v1: 'memory.oom_control', v2: 'memory.events', controller: 'memory' },
  cpuPorcentaje: { v1: 'cpu.cfs_quota_us', v2: 'cpu.max', controller: 'cpu' },
  frenadas: { v1: 'cpu.stat', v2: 'cpu.stat', controller: 'cpu' },
};

function command(name: string, field: string, observation: Observation): string {
  const { value } = observation;
  if (observation.state === 'absent') {
    const outside = value['fuera'];
    return typeof outside === 'string' ? `ls ${outside}` : `find /sys/fs/cgroup -type d -name ${name}`;
  }
  const known = filesOf[field];
  const version = value['version'] === 'v2' ? 'v2' : 'v1';
  const file = known?.[version] ?? (field.includes('.') ? field : 'cgroup.procs');
  const controller = known?.controller ?? file.split('.')[0] ?? '';
  const paths = value['rutas'] as { readonly [controller: string]: Json } | undefined;
  const path = paths?.[controller] ?? value['ruta'];
  return typeof path === 'string' ? `cat ${path}/${file}` : '';
}

function absentAdvice(name: string, observation: Observation): { why: string; next: string } {
  const outside = observation.value['fuera'];
  const version = observation.value['version'];
  if (typeof outside === 'string')
    return {
      why: `Hay una carpeta ${outside}, pero está fuera de un controlador: no contiene \`cgroup.procs\`.`,
      next: 'Mira con `mount | grep cgroup` dónde vive cada controlador y créala ahí dentro.',
    };
  return {
    why: `Ningún montaje de cgroups tiene una carpeta llamada ${name}.`,
    next:
      version === 'v2'
        ? 'Un cgroup es una carpeta dentro de `/sys/fs/cgroup`.'
        : 'Un cgroup es una carpeta dentro de un controlador, como `/sys/fs/cgroup/pids`.',
  };
}
