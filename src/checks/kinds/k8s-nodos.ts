import type { CheckKind } from '../check.ts';
import { builtinOf, clusterLevel, clusterPollMs } from './k8s-access.ts';

/** The machines of the nodes, whatever the API believes of them. */
export const k8sNodos: CheckKind = {
  name: 'k8s.nodos',
  view: 'cluster',
  doc: 'Las máquinas de los nodos del clúster integrado, crea lo que crea la API (`curso nodo`).',
  params: {},
  fields: {
    total: 'cuántos son',
    listos: 'cuántos da la API por listos',
    apagados: 'nombres de los que están apagados',
    aislados: 'nombres de los que están en marcha y no oyen al API server',
    pods: 'cuántos Pods hay en todos ellos',
    nodos: 'lista de `{name, ready, pods, power}`; `power` es `on`, `off` o `isolated`',
  },
  object: () => 'los nodos',
  command: () => 'curso nodo',
  absentAdvice: () => ({
    why: 'El clúster no tiene ningún nodo.',
    next: 'Arráncalo con nodos: `curso cluster iniciar --nodos 3`.',
  }),
  async observe({ backend }) {
    const nodes = await builtinOf(backend).nodes();
    const named = (power: string) =>
      nodes.filter((one) => one['power'] === power).map((one) => String(one['name']));
    return {
      state: nodes.length === 0 ? 'absent' : 'found',
      value: {
        total: nodes.length,
        listos: nodes.filter((one) => one['ready'] === true).length,
        apagados: named('off'),
        aislados: named('isolated'),
        pods: nodes.reduce((sum, one) => sum + Number(one['pods'] ?? 0), 0),
        nodos: nodes,
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};
