import type { JsonObject } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';
import {
  absentNear,
  clusterLevel,
  clusterOf,
  imagesOf,
  metadataOf,
  missingAdvice,
  nameOf,
  namespaceFlag,
  namespaceOf,
  namespaceParam,
} from './k8s-access.ts';
import { forgotten } from './k8s-servicio.ts';

const revisionKey = 'deployment.kubernetes.io/revision';

/** The revisions of a Deployment, as `kubectl rollout history` counts them. */
export const k8sRevisiones: CheckKind = {
  name: 'k8s.revisiones',
  view: 'cluster',
  doc: 'Las revisiones de un Deployment: un ReplicaSet por plantilla (`kubectl rollout history`).',
  params: {
    deployment: { type: 'text', required: true, doc: 'nombre del Deployment' },
    namespace: namespaceParam,
  },
  fields: {
    actual: 'número de la revisión actual',
    total: 'cuántas revisiones se recuerdan',
    imagenes: 'la imagen del primer contenedor de cada revisión, de la más vieja a la actual',
    imagen: 'la de la revisión actual',
    replicas: 'réplicas listas de cada ReplicaSet, en el mismo orden',
    revisiones: 'lista de `{revision, imagen, replicaset, pedidas, listas, hash}`',
    vueltas: 'cuántas veces se volvió a una plantilla de antes',
  },
  object: (params) => `las revisiones de ${textOf(params, 'deployment')}`,
  command: (params) =>
    `kubectl rollout history deployment/${shellWord(textOf(params, 'deployment'))}${namespaceFlag(params)}`,
  absentAdvice: (params, observation) =>
    missingAdvice(observation, {
      kind: 'Deployment',
      name: textOf(params, 'deployment'),
      namespace: namespaceOf(params),
      create: 'Créalo con `kubectl create deployment`, o escribe su manifiesto.',
    }),
  async observe({ backend }, params) {
    const view = clusterOf(backend);
    const [namespace, name] = [namespaceOf(params), textOf(params, 'deployment')];
    const deployment = await view.get('deployments.apps', namespace, name);
    if (deployment === undefined) return absentNear(view, 'deployments.apps', namespace, name);
    const uid = metadataOf(deployment)['uid'];
    const owned = (await view.list('replicasets.apps', namespace)).filter((set) =>
      asList(metadataOf(set)['ownerReferences']).some((owner) => asObject(owner)['uid'] === uid),
    );
    const revisions = owned.map(revisionOf).sort((a, b) => a.revision - b.revision);
    const now = revisions.at(-1);
    return {
      state: 'found',
      value: {
        actual: now?.revision ?? 0,
        total: revisions.length,
        imagenes: revisions.map(({ imagen }) => imagen),
        imagen: now?.imagen ?? '',
        replicas: revisions.map(({ listas }) => listas),
        revisiones: revisions.map((one) => ({ ...one })),
        vueltas: owned.reduce((sum, set) => sum + timesBack(set), 0),
      },
    };
  },
  level: clusterLevel,
};

function revisionOf(set: JsonObject) {
  const spec = asObject(set['spec']);
  const annotations = asObject(metadataOf(set)['annotations']);
  const labels = asObject(metadataOf(set)['labels']);
  return {
    revision: Number(annotations[revisionKey] ?? 0),
    imagen: imagesOf(asObject(asObject(spec['template'])['spec']))[0] ?? '',
    replicaset: nameOf(set),
    pedidas: Number(spec['replicas'] ?? 0),
    listas: Number(asObject(set['status'])['readyReplicas'] ?? 0),
    hash: String(labels['pod-template-hash'] ?? ''),
  };
}

/** A ReplicaSet that came back carries the numbers it had before. */
function timesBack(set: JsonObject): number {
  const history = asObject(metadataOf(set)['annotations'])['deployment.kubernetes.io/revision-history'];
  return typeof history === 'string' && history !== '' ? history.split(',').length : 0;
}

/** Who was born and who died. */
export const k8sVidas: CheckKind = {
  name: 'k8s.vidas',
  view: 'cluster',
  doc: 'Los objetos de un tipo que nacieron y murieron en un namespace desde que empezó el intento: «se borró y volvió con otro UID».',
  params: {
    tipo: { type: 'text', required: true, doc: 'como lo escribe kubectl: `pods`' },
    namespace: namespaceParam,
    selector: { type: 'text', doc: 'una etiqueta que llevaban al nacer: `app=mostrador`' },
    nombre: { type: 'text', doc: 'solo los que se llamaban así' },
  },
  fields: {
    nacidos: 'cuántos se crearon',
    muertos: 'cuántos se borraron',
    vivos: 'cuántos quedan',
    nombresMuertos: 'nombres de los que se borraron, en orden',
    renacidos: 'nombres que se borraron y volvieron con otro UID',
    reemplazos: 'cuántos nacieron, con el mismo dueño, después de que se empezara a borrar uno',
    soltados: 'vivos que tuvieron dueño y ya no lo tienen',
    soltadosNombres: 'sus nombres',
    fases: 'las fases por las que pasó alguno (`status.phase`), cada una una vez',
    esperas: 'los motivos por los que esperó algún contenedor (`ImagePullBackOff`…), cada uno una vez',
    imagenes: 'las imágenes que llevó alguno (o su plantilla), cada una una vez',
  },
  object: (params) => `los ${textOf(params, 'tipo')} de ${namespaceOf(params)}`,
  command: (params) => `kubectl get ${textOf(params, 'tipo')}${namespaceFlag(params)} -w`,
  absentAdvice: () => ({ why: 'Todavía no ha nacido ninguno.', next: 'Créalos y vuelve a comprobar.' }),
  async observe({ backend, attempt }, params) {
    const states = await clusterOf(backend).history(
      textOf(params, 'tipo'),
      namespaceOf(params),
      attempt.startedAtMs,
    );
    if (states === undefined) throw forgotten();
    const lives = new Map<string, Life>();
    states.forEach(({ type, object }, at) => {
      const uid = String(metadataOf(object)['uid']);
      const life = lives.get(uid) ?? newLife(object, at);
      lives.set(uid, life);
      note(life, object, at);
      if (type !== 'DELETED') return;
      life.endingAt ??= at;
      life.diedAt = at;
    });
    const chosen = [...lives.values()].filter((life) => isChosen(life, params));
    return { state: 'found', value: summary(chosen) };
  },
  level: clusterLevel,
  past: true,
};

interface Life {
  readonly name: string;
  readonly labels: JsonObject;
  readonly bornAt: number;
  /** Since when it is being deleted. */
  endingAt: number | undefined;
  diedAt: number | undefined;
  readonly owners: Set<string>;
  owner: string | undefined;
  readonly phases: Set<string>;
  readonly waits: Set<string>;
  readonly images: Set<string>;
}

function newLife(object: JsonObject, at: number): Life {
  return {
    name: nameOf(object),
    labels: asObject(metadataOf(object)['labels']),
    bornAt: at,
    endingAt: undefined,
    diedAt: undefined,
    owners: new Set(),
    owner: undefined,
    phases: new Set(),
    waits: new Set(),
    images: new Set(),
  };
}

function note(life: Life, object: JsonObject, at: number): void {
  const owner = asList(metadataOf(object)['ownerReferences'])
    .map((one) => asObject(one))
    .find((one) => one['controller'] === true)?.['uid'];
  life.owner = typeof owner === 'string' ? owner : undefined;
  if (life.owner !== undefined) life.owners.add(life.owner);
  if (metadataOf(object)['deletionTimestamp'] !== undefined) life.endingAt ??= at;
  const status = asObject(object['status']);
  if (typeof status['phase'] === 'string') life.phases.add(status['phase']);
  for (const one of asList(status['containerStatuses'])) {
    const { reason } = asObject(asObject(asObject(one)['state'])['waiting']);
    if (typeof reason === 'string') life.waits.add(reason);
  }
  const spec = asObject(object['spec']);
  const template = asObject(asObject(spec['template'])['spec']);
  for (const image of [...imagesOf(spec), ...imagesOf(template)]) life.images.add(image);
}

function isChosen(life: Life, params: JsonObject): boolean {
  const name = textOf(params, 'nombre');
  if (name !== '' && life.name !== name) return false;
  const selector = textOf(params, 'selector');
  return selector.split(',').every((one) => {
    const [key = '', value] = one.split('=');
    return one === '' || (value === undefined ? key in life.labels : life.labels[key] === value);
  });
}

function summary(lives: readonly Life[]): JsonObject {
  const dead = lives.filter(({ diedAt }) => diedAt !== undefined);
  const alive = lives.filter(({ diedAt }) => diedAt === undefined);
  const ending = lives.filter(({ endingAt }) => endingAt !== undefined);
  const firstEnd = Math.min(...ending.map(({ endingAt }) => endingAt ?? 0));
  const owners = new Set(ending.flatMap((life) => [...life.owners]));
  const freed = alive.filter((life) => life.owner === undefined && life.owners.size > 0);
  const all = (pick: (life: Life) => Set<string>) =>
    [...new Set(lives.flatMap((life) => [...pick(life)]))].sort();
  return {
    nacidos: lives.length,
    muertos: dead.length,
    vivos: alive.length,
    nombresMuertos: dead.map(({ name }) => name),
    renacidos: [...new Set(dead.map(({ name }) => name))].filter((name) =>
      alive.some((life) => life.name === name),
    ),
    reemplazos: lives.filter(
      (life) => life.bornAt > firstEnd && [...life.owners].some((one) => owners.has(one)),
    ).length,
    soltados: freed.length,
    soltadosNombres: freed.map(({ name }) => name).sort(),
    fases: all(({ phases }) => phases),
    esperas: all(({ waits }) => waits),
    imagenes: all(({ images }) => images),
  };
}
