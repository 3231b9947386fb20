import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';
import {
  absentNear,
  clusterLevel,
  clusterOf,
  clusterPollMs,
  missingAdvice,
  nameOf,
  namespaceFlag,
  namespaceOf,
  namespaceParam,
} from './k8s-access.ts';

/** Nodes that are asked; bounded, since each is a request. */
const mostNodes = 20;
/** A node that drops the request never answers; a look has 5 s. */
const patienceMs = 2_500;

/** Whether the port that a Service opens in the nodes answers at each of their addresses. */
export const k8sNodeport: CheckKind = {
  name: 'k8s.nodeport',
  view: 'cluster',
  doc: 'El puerto que un Service abre en los nodos, pedido por la dirección de cada nodo.',
  params: {
    servicio: { type: 'text', required: true, doc: 'nombre del Service' },
    namespace: namespaceParam,
    ruta: { type: 'text', doc: 'por defecto `/`' },
  },
  fields: {
    puerto: 'el primer `nodePort` del Service; 0 si no tiene',
    responden: 'nombres de los nodos donde contesta con un código menor que 400',
    callan: 'nombres de los nodos donde no',
    sinPods: 'nombres de los nodos que no tienen ningún Pod listo del Service',
  },
  object: (params) => `el puerto de los nodos de ${textOf(params, 'servicio')}`,
  command: (params, _field, { state, value }) => {
    const first = asList(value['callan']).concat(asList(value['responden']))[0];
    if (state === 'absent' || value['puerto'] === 0 || first === undefined)
      return `kubectl get services${namespaceFlag(params)}`;
    const path = textOf(params, 'ruta', '/');
    return `kubectl get --raw ${shellWord(`/api/v1/nodes/${String(first)}:${String(value['puerto'])}/proxy${path}`)}`;
  },
  absentAdvice: (params, observation) =>
    missingAdvice(observation, {
      kind: 'Service',
      name: textOf(params, 'servicio'),
      namespace: namespaceOf(params),
      create: 'Créalo con `kubectl expose`, o escribe su manifiesto.',
    }),
  async observe({ backend }, params) {
    const view = clusterOf(backend);
    const [namespace, name] = [namespaceOf(params), textOf(params, 'servicio')];
    const service = await view.get('service', namespace, name);
    if (service === undefined) return absentNear(view, 'service', namespace, name);
    const ports = asList(asObject(service['spec'])['ports']).map((one) =>
      Number(asObject(one)['nodePort'] ?? 0),
    );
    const port = ports[0] ?? 0;
    const nodes = (await view.list('nodes', undefined)).map(nameOf).sort().slice(0, mostNodes);
    const slices = await view.list('endpointslices.discovery.k8s.io', namespace, {
      labels: `kubernetes.io/service-name=${name}`,
    });
    const endpoints = slices.flatMap((slice) => asList(slice['endpoints']).map((one) => asObject(one)));
    const housing = endpoints
      .filter(({ conditions }) => asObject(conditions)['ready'] !== false)
      .map(({ nodeName }) => String(nodeName ?? ''));
    const ask = async (name: string) => {
      const target = { kind: 'node', namespace: '', name, port: String(port), patienceMs } as const;
      const answer = await view.http({ ...target, path: textOf(params, 'ruta', '/') });
      return answer.ok && answer.status < 400;
    };
    const heard = await Promise.all(nodes.map((node) => (port > 0 ? ask(node) : false)));
    const answering = nodes.filter((_, at) => heard[at] === true);
    return {
      state: 'found',
      value: {
        puerto: port,
        responden: answering,
        callan: nodes.filter((node) => !answering.includes(node)),
        sinPods: nodes.filter((node) => !housing.includes(node)),
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};
