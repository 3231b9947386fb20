import type { Json } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import { describeMount } from '../linux/describe.ts';
import { mountAt, mountsOf } from '../linux/mounts.ts';
import { linuxLevel, linuxOf, linuxPollMs, textParam } from './linux-access.ts';

/** What is mounted at a point, as the host sees it. */
export const linuxMontaje = {
  name: 'linux.montaje',
  view: 'linux',
  doc: 'Lo que el anfitrión tiene montado en un punto.',
  params: {
    punto: {
      type: 'text',
      required: true,
      doc: 'punto de montaje; relativo a la carpeta de trabajo o absoluto',
    },
  },
  fields: {
    punto: 'punto de montaje',
    tipo: '`overlay`, `tmpfs`, `ext4`…',
    raiz: 'qué parte del sistema de archivos se montó (en un bind, la carpeta de origen)',
    fuente: 'dispositivo o nombre',
    propagacion: '`privada`, `compartida`, `esclava` o `no enlazable`',
    'opciones.lowerdir':
      'opciones con valor: `lowerdir`, `upperdir`, `workdir`, `size`…; las demás son `true`',
  },
  object: (params) => `el montaje en ${textParam(params, 'punto')}`,
  command: (params) => `grep ' ${textParam(params, 'punto')} ' /proc/self/mountinfo`,
  absentAdvice: (params) => ({
    why: `No hay nada montado en ${textParam(params, 'punto')}.`,
    next: 'Compara con lo que muestra `mount`.',
  }),
  observe: async (context, params) => {
    const view = linuxOf(context.backend);
    const wanted = textParam(params, 'punto');
    const point = wanted.startsWith('/') ? wanted : `${context.attempt.folder}/${wanted}`;
    const mount = mountAt(await mountsOf(view, view.selfPid), point.replace(/\/+$/, '') || '/');
    if (mount === undefined) return { state: 'absent', value: {} };
    return {
      state: 'found',
      value: { ...describeMount(mount), opciones: mount.options as { [name: string]: Json } },
    };
  },
  level: linuxLevel,
  pollMs: linuxPollMs,
} as const satisfies CheckKind;
