import type { JsonObject } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';
import {
  absentNear,
  clusterLevel,
  clusterOf,
  conditionsOf,
  getCommand,
  imagesOf,
  kindTitle,
  missingAdvice,
  namespaceFlag,
  namespaceOf,
  namespaceParam,
  sortedNames,
} from './k8s-access.ts';

/** Our readings of an object, by the field of the API that shows the learner the same. */
const ours: { readonly [field: string]: string } = {
  condiciones: 'status.conditions',
  imagenes: 'spec',
  esperas: 'status.containerStatuses',
  reinicios: 'status.containerStatuses',
  puestaAlDia: 'status',
};

/** One object, as `kubectl get -o yaml` shows it. */
export const k8sObjeto: CheckKind = {
  name: 'k8s.objeto',
  view: 'cluster',
  doc: 'Un objeto de Kubernetes, tal como lo enseña `kubectl get -o yaml`.',
  params: {
    tipo: {
      type: 'text',
      required: true,
      doc: 'como lo escribe kubectl: `pod`, `deploy`, `ingresses.networking.k8s.io`',
    },
    nombre: { type: 'text', required: true, doc: 'nombre del objeto' },
    namespace: namespaceParam,
  },
  fields: {
    'metadata.labels':
      'etiquetas; también `metadata.annotations`, `metadata.ownerReferences`, `metadata.uid`…',
    spec: 'lo que se pidió; cualquier campo de la API, por su ruta',
    status: 'lo que hay',
    condiciones: 'las condiciones por su tipo: `condiciones.Ready` es "True", "False" o "Unknown"',
    imagenes: 'imágenes de sus contenedores (de un Pod o de su plantilla), en orden',
    esperas:
      'de un Pod: por qué espera cada contenedor que no está en marcha (`CrashLoopBackOff`…), en orden',
    reinicios: 'de un Pod: reinicios de todos sus contenedores',
    puestaAlDia: 'true si el controlador ya vio el último cambio (`observedGeneration` es `generation`)',
  },
  object: (params) => `${kindTitle(textOf(params, 'tipo'))} ${textOf(params, 'nombre')}`,
  command: (params, field, { state }) => {
    if (state === 'absent') return getCommand(textOf(params, 'tipo'), '', params, '');
    const first = field.split(/[.[]/)[0] ?? '';
    return getCommand(textOf(params, 'tipo'), textOf(params, 'nombre'), params, ours[first] ?? field);
  },
  absentAdvice: (params, observation) =>
    missingAdvice(observation, {
      kind: kindTitle(textOf(params, 'tipo')).replace(/^(el|la) /, ''),
      name: textOf(params, 'nombre'),
      namespace: namespaceOf(params),
      create: 'Créalo con `kubectl create …`, o escribe su manifiesto y aplícalo con `kubectl apply -f`.',
    }),
  async observe({ backend }, params) {
    const view = clusterOf(backend);
    const [kind, namespace, name] = [textOf(params, 'tipo'), namespaceOf(params), textOf(params, 'nombre')];
    const found = await view.get(kind, namespace, name);
    if (found === undefined) return absentNear(view, kind, namespace, name);
    return { state: 'found', value: withReadings(found) };
  },
  level: clusterLevel,
};

/** Several objects of one kind. */
export const k8sLista: CheckKind = {
  name: 'k8s.lista',
  view: 'cluster',
  doc: 'Los objetos de un tipo que hay en un namespace, con unas etiquetas o con todas.',
  params: {
    tipo: { type: 'text', required: true, doc: 'como lo escribe kubectl: `pods`' },
    namespace: namespaceParam,
    selector: { type: 'text', doc: 'como en `kubectl get -l`: `app=mostrador,!canario`' },
    dueno: { type: 'text', doc: 'solo los de ese dueño: el nombre de su ReplicaSet, Job…' },
  },
  fields: {
    total: 'cuántos hay',
    listos: 'cuántos tienen la condición `Ready` en "True" y no se están borrando',
    nombres: 'sus nombres, por orden alfabético',
    uids: 'sus UID, en el mismo orden',
    duenos: 'los dueños de todos ellos, cada uno una vez: `ReplicaSet/mostrador-7d4`',
    nodos: 'los nodos donde están (Pods), cada uno una vez',
    objetos: 'los objetos enteros, en el mismo orden',
  },
  object: (params) => {
    const selector = textOf(params, 'selector');
    return `los ${textOf(params, 'tipo')} de ${namespaceOf(params)}${selector === '' ? '' : ` con ${selector}`}`;
  },
  command: (params, field) => {
    const selector = textOf(params, 'selector');
    const flags = selector === '' ? '' : ` -l ${shellWord(selector)}`;
    const wide = field.startsWith('nodos') ? ' -o wide' : '';
    return `kubectl get ${textOf(params, 'tipo')}${namespaceFlag(params)}${flags}${wide}`;
  },
  absentAdvice: (params) => ({
    why: `En \`${namespaceOf(params)}\` no hay ninguno.`,
    next: 'Créalos, o mira si quedaron en otro namespace con `-A`.',
  }),
  async observe({ backend }, params) {
    const selector = textOf(params, 'selector');
    const owner = textOf(params, 'dueno');
    const all = await clusterOf(backend).list(
      textOf(params, 'tipo'),
      namespaceOf(params),
      selector === '' ? {} : { labels: selector },
    );
    const objects = all
      .filter((one) => owner === '' || ownersOf(one).some((name) => name.endsWith(`/${owner}`)))
      .sort((a, b) => (String(sortedNames([a])) < String(sortedNames([b])) ? -1 : 1));
    return {
      state: 'found',
      value: {
        total: objects.length,
        listos: objects.filter(isReady).length,
        nombres: objects.map((one) => String(asObject(one['metadata'])['name'])),
        uids: objects.map((one) => String(asObject(one['metadata'])['uid'])),
        duenos: unique(objects.flatMap(ownersOf)),
        nodos: unique(
          objects.map((one) => String(asObject(one['spec'])['nodeName'] ?? '')).filter((name) => name !== ''),
        ),
        objetos: objects.map(withReadings),
      },
    };
  },
  level: clusterLevel,
};

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

function ownersOf(object: JsonObject): readonly string[] {
  return asList(asObject(object['metadata'])['ownerReferences']).map((one) => {
    const { kind, name } = asObject(one);
    return `${kind}/${name}`;
  });
}

function isReady(object: JsonObject): boolean {
  return (
    conditionsOf(object)['Ready'] === 'True' &&
    asObject(object['metadata'])['deletionTimestamp'] === undefined
  );
}

function withReadings(object: JsonObject): JsonObject {
  const spec = asObject(object['spec']);
  const status = asObject(object['status']);
  const template = asObject(spec['template'])['spec'];
  const containers = asList(status['containerStatuses']).map((one) => asObject(one));
  const generation = asObject(object['metadata'])['generation'];
  const seen = status['observedGeneration'];
  return {
    ...object,
    condiciones: conditionsOf(object),
    imagenes: imagesOf(template === undefined ? spec : asObject(template)),
    esperas: containers.flatMap((one) => {
      const { reason } = asObject(asObject(one['state'])['waiting']);
      return typeof reason === 'string' ? [reason] : [];
    }),
    reinicios: containers.reduce((sum, one) => sum + Number(one['restartCount'] ?? 0), 0),
    puestaAlDia: seen === undefined || seen === generation,
  };
}
