import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook, type KubeState, type KubeView } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, numberOf, shellWord, textOf } from './docker-access.ts';
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

const serviceLabel = 'kubernetes.io/service-name';
const serviceParam = { type: 'text', required: true, doc: 'nombre del Service' } as const;

const missingService = (params: JsonObject, observation: Parameters<CheckKind['absentAdvice']>[1]) =>
  missingAdvice(observation, {
    kind: 'Service',
    name: textOf(params, 'servicio'),
    namespace: namespaceOf(params),
    create: 'Créalo con `kubectl expose`, o escribe su manifiesto.',
  });

const slicesCommand = (params: JsonObject) =>
  `kubectl get endpointslices${namespaceFlag(params)} -l ${serviceLabel}=${shellWord(textOf(params, 'servicio'))}`;

/** Whom a Service sends to, and why nobody when it is nobody. */
export const k8sEndpoints: CheckKind = {
  name: 'k8s.endpoints',
  view: 'cluster',
  doc: 'A quién reparte un Service: lo que dicen sus EndpointSlices, junto a lo que pide su selector.',
  params: { servicio: serviceParam, namespace: namespaceParam },
  fields: {
    listos: 'cuántas direcciones están listas (`ready`)',
    total: 'cuántas hay, listas o no',
    pods: 'nombres de los Pods listos, por orden alfabético',
    noListos: 'nombres de los Pods que están y no están listos',
    direcciones: 'las IP listas, en orden',
    puertos: 'puertos de los EndpointSlices: a dónde se manda dentro del Pod',
    gestores:
      'quién escribió los EndpointSlices (`endpointslice.kubernetes.io/managed-by`), cada uno una vez',
    selector: 'el selector del Service; vacío si no tiene',
    casan: 'cuántos Pods del namespace llevan las etiquetas del selector',
    casi: 'Pods cuya etiqueta se parece a la pedida sin ser igual: `app=mostrador` cuando se pide `app=mostrdor`',
    servicio: 'el Service entero',
  },
  object: (params) => `el Service ${textOf(params, 'servicio')}`,
  command: (params, field, { state }) => {
    if (state === 'absent') return `kubectl get services${namespaceFlag(params)}`;
    if (/^(selector|casan|casi)/.test(field)) return `kubectl get pods${namespaceFlag(params)} --show-labels`;
    if (field.startsWith('servicio'))
      return `kubectl get service ${shellWord(textOf(params, 'servicio'))}${namespaceFlag(params)} -o yaml`;
    return slicesCommand(params);
  },
  absentAdvice: missingService,
  async observe({ backend }, params) {
    const view = clusterOf(backend);
    const [namespace, name] = [namespaceOf(params), textOf(params, 'servicio')];
    const service = await view.get('service', namespace, name);
    if (service === undefined) return absentNear(view, 'service', namespace, name);
    const slices = await view.list('endpointslices.discovery.k8s.io', namespace, {
      labels: `${serviceLabel}=${name}`,
    });
    const pods = await view.list('pods', namespace);
    const selector = asObject(asObject(service['spec'])['selector']);
    const wanted = Object.entries(selector);
    const labelsOf = (pod: JsonObject) => asObject(asObject(pod['metadata'])['labels']);
    const matching = pods.filter(
      (pod) => wanted.length > 0 && wanted.every(([key, value]) => labelsOf(pod)[key] === value),
    );
    const endpoints = endpointsOf(slices);
    const ready = endpoints.filter((one) => one.ready);
    return {
      state: 'found',
      value: {
        listos: ready.length,
        total: endpoints.length,
        pods: ready.map(({ pod }) => pod).sort(),
        noListos: endpoints
          .filter((one) => !one.ready)
          .map(({ pod }) => pod)
          .sort(),
        direcciones: ready.map(({ address }) => address).sort(),
        puertos: unique(
          slices.flatMap((slice) => asList(slice['ports']).map((one) => Number(asObject(one)['port']))),
        ),
        gestores: unique(
          slices.map((slice) => String(labelsOf(slice)['endpointslice.kubernetes.io/managed-by'] ?? '')),
        ),
        selector,
        casan: matching.length,
        casi: nearMisses(wanted, pods.map(labelsOf)),
        servicio: service,
      },
    };
  },
  level: clusterLevel,
};

/** Whether a Service ever had too few to send to. */
export const k8sDisponibilidad: CheckKind = {
  name: 'k8s.disponibilidad',
  view: 'cluster',
  doc: 'Cuántos endpoints listos tuvo un Service en cada momento desde que empezó el intento (o desde que tuvo los pedidos).',
  params: {
    servicio: serviceParam,
    namespace: namespaceParam,
    desde: { type: 'number', doc: 'se cuenta desde que hubo tantos listos; por defecto 1' },
  },
  fields: {
    minimo: 'los menos que hubo',
    maximo: 'los más que hubo',
    cambios: 'cuántas veces cambió el número',
    empezo: 'true cuando ya hubo los pedidos en `desde`',
  },
  object: (params) => `los endpoints de ${textOf(params, 'servicio')}`,
  command: (params) => `${slicesCommand(params)} -w`,
  absentAdvice: missingService,
  async observe({ backend, attempt }, params) {
    const view = clusterOf(backend);
    const [namespace, name] = [namespaceOf(params), textOf(params, 'servicio')];
    const history = await view.history('endpointslices.discovery.k8s.io', namespace, attempt.startedAtMs);
    if (history === undefined) throw forgotten();
    const counts = readyCounts(history, name);
    const from = counts.findIndex((count) => count >= numberOf(params, 'desde', 1));
    const counted = from < 0 ? [] : counts.slice(from);
    if (from < 0 && (await view.get('service', namespace, name)) === undefined)
      return absentNear(view, 'service', namespace, name);
    return {
      state: 'found',
      value: {
        empezo: from >= 0,
        minimo: counted.length === 0 ? 0 : Math.min(...counted),
        maximo: counts.length === 0 ? 0 : Math.max(...counts),
        cambios: Math.max(0, counted.length - 1),
      },
    };
  },
  level: clusterLevel,
  past: true,
};

/** What somebody who asks a Service gets, once or many times. */
export const k8sTrafico: CheckKind = {
  name: 'k8s.trafico',
  view: 'cluster',
  doc: 'Peticiones HTTP a un Service o a un Pod a través del API server.',
  params: {
    servicio: { type: 'text', doc: 'nombre del Service (o `pod`)' },
    pod: { type: 'text', doc: 'nombre del Pod (o `servicio`)' },
    namespace: namespaceParam,
    puerto: { type: 'text', doc: 'número o nombre; sin él, el único que haya' },
    ruta: { type: 'text', doc: 'por defecto `/`' },
    veces: { type: 'number', doc: 'cuántas peticiones, de 1 a 50; por defecto 1' },
  },
  fields: {
    estado: 'código de la última respuesta; 0 si nadie contestó',
    cuerpo: 'su texto, hasta 4 KiB',
    aciertos: 'cuántas contestaron con un código menor que 400',
    fallos: 'cuántas no',
    porque: 'lo que dijo el API server cuando nadie contestó',
    distintas: 'cuántas respuestas distintas hubo',
  },
  object: (params) =>
    textOf(params, 'pod') === ''
      ? `el Service ${textOf(params, 'servicio')}`
      : `el Pod ${textOf(params, 'pod')}`,
  command: (params) => {
    const kind = textOf(params, 'pod') === '' ? 'service' : 'pod';
    const name = textOf(params, 'pod', textOf(params, 'servicio'));
    return `kubectl port-forward${namespaceFlag(params)} ${kind}/${shellWord(name)} 8080:${textOf(params, 'puerto', '80')}`;
  },
  absentAdvice: missingService,
  async observe({ backend, signal }, params) {
    const view = clusterOf(backend);
    const isPod = textOf(params, 'pod') !== '';
    const name = textOf(params, 'pod', textOf(params, 'servicio'));
    const namespace = namespaceOf(params);
    if ((await view.get(isPod ? 'pod' : 'service', namespace, name)) === undefined)
      return absentNear(view, isPod ? 'pod' : 'service', namespace, name);
    const times = Math.min(50, Math.max(1, numberOf(params, 'veces', 1)));
    const target = { kind: isPod ? 'pod' : 'service', namespace, name } as const;
    const answers: Awaited<ReturnType<KubeView['http']>>[] = [];
    for (let turn = 0; turn < times && !signal.aborted; turn++) {
      answers.push(
        await view.http({ ...target, port: textOf(params, 'puerto'), path: textOf(params, 'ruta', '/') }),
      );
    }
    const last = answers.at(-1);
    const good = answers.filter((one) => one.ok && one.status < 400).length;
    return {
      state: 'found',
      value: {
        estado: last?.ok === true ? last.status : 0,
        cuerpo: last?.ok === true ? last.body.slice(0, 4096) : '',
        porque: last?.ok === false ? last.why : '',
        aciertos: good,
        fallos: answers.length - good,
        distintas: new Set(answers.map((one) => (one.ok ? one.body : one.why))).size,
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};

export function forgotten(): CouldNotLook {
  return new CouldNotLook({
    reason: 'view-missing',
    why: 'El clúster ya no recuerda lo que pasó desde que empezaste: hubo demasiados cambios.',
    next: 'Reinicia el ejercicio con `curso reiniciar` y hazlo de nuevo.',
  });
}

interface Endpoint {
  readonly pod: string;
  readonly address: string;
  readonly ready: boolean;
}

function endpointsOf(slices: readonly JsonObject[]): readonly Endpoint[] {
  return slices.flatMap((slice) =>
    asList(slice['endpoints']).map((one) => {
      const { targetRef, addresses, conditions } = asObject(one);
      // As kube-proxy reads it: nothing said means ready.
      const ready = asObject(conditions)['ready'] !== false;
      const address = String(asList(addresses)[0] ?? '');
      return { pod: String(asObject(targetRef)['name'] ?? address), address, ready };
    }),
  );
}

/** How many were ready after each change, over all slices of the Service. */
function readyCounts(history: readonly KubeState[], service: string): readonly number[] {
  const slices = new Map<string, number>();
  const counts: number[] = [];
  for (const { type, object } of history) {
    if (asObject(asObject(object['metadata'])['labels'])[serviceLabel] !== service) continue;
    const name = nameOf(object);
    if (type === 'DELETED') slices.delete(name);
    else slices.set(name, endpointsOf([object]).filter(({ ready }) => ready).length);
    const total = [...slices.values()].reduce((sum, count) => sum + count, 0);
    if (total !== counts.at(-1)) counts.push(total);
  }
  return counts;
}

/** Labels one or two letters away from what is asked for. */
function nearMisses(
  wanted: readonly (readonly [string, unknown])[],
  labels: readonly JsonObject[],
): readonly string[] {
  const found = labels.flatMap((own) =>
    wanted.flatMap(([key, value]) => {
      const has = own[key];
      return typeof has === 'string' && has !== value && isNear(has, String(value)) ? [`${key}=${has}`] : [];
    }),
  );
  return unique(found) as readonly string[];
}

/** At most two letters added, lost or changed. */
function isNear(a: string, b: string): boolean {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[b.length] ?? 9) <= 2;
}

function unique<T extends string | number>(values: readonly T[]): readonly T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}
