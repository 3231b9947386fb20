import type { WorldFacts } from '../../course/world.ts';

/** The sentence that says where the learner stands. */
export function announce(rung: WorldFacts['rung'], cgroup: WorldFacts['cgroup']): string {
  const groups = cgroup === 'desconocido' ? 'sin cgroups a la vista' : `cgroup ${cgroupNames[cgroup]}`;
  switch (rung) {
    case 'root':
      return `Trabajas como root en este Linux (${groups}).`;
    case 'userns':
      return `Trabajas sin root en este Linux, dentro de user namespaces (${groups}).`;
    case 'station':
      return `Trabajas en una estación de trabajo: un contenedor privilegiado y desechable de Docker (${groups}).`;
    case 'simulated':
      return 'Trabajas en un Linux simulado.';
    case 'none':
      return 'Aquí no hay un Linux que se pueda usar: puedes leer la lección y hacer su quiz.';
  }
}

const cgroupNames = { v1: 'v1', v2: 'v2', hibrido: 'híbrido: v1 y v2' } as const;
