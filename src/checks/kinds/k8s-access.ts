import type { Json, JsonObject } from '../../base/json.ts';
import { type Backend, type BuiltinView, CouldNotLook, type KubeView } from '../backend.ts';
import type { Advice, Observation, ParamSpec } from '../check.ts';
import type { EvidenceLevel } from '../verdict.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';

/** Watches announce changes of what was looked at; answers of programs and what only the process knows are asked for again. */
export const clusterPollMs = 500;

/** The cluster view, or why there is none. */
export function clusterOf(backend: Backend): KubeView {
  if (backend.cluster !== undefined) return backend.cluster;
  throw new CouldNotLook(
    backend.missing.cluster ?? {
      reason: 'cluster-missing',
      why: 'Aquí no hay un clúster de Kubernetes que se pueda mirar.',
      next: 'Arranca el integrado con `curso cluster iniciar`.',
    },
  );
}

/** What only the built-in cluster tells; on another the check cannot be looked at, and costs nothing. */
export function builtinOf(backend: Backend): BuiltinView {
  const { builtin } = clusterOf(backend);
  if (builtin !== undefined) return builtin;
  throw new CouldNotLook({
    reason: 'view-missing',
    why: 'Esto solo se puede mirar en el clúster integrado: el tuyo no lo cuenta por su API.',
    next: 'Haz este ejercicio sin `--contexto`, con `curso cluster iniciar`.',
  });
}

export function clusterLevel(backend: Backend): EvidenceLevel {
  return backend.cluster?.level ?? 'integrado';
}

export const namespaceParam: ParamSpec = {
  type: 'text',
  doc: 'namespace; por defecto `default`. No se usa con lo que no vive en ninguno',
};

export const namespaceOf = (params: JsonObject) => textOf(params, 'namespace', 'default');

const titles: readonly (readonly [title: string, ...names: readonly string[]])[] = [
  ['el Pod', 'pod', 'pods', 'po'],
  ['el Deployment', 'deployment', 'deployments', 'deploy'],
  ['el ReplicaSet', 'replicaset', 'replicasets', 'rs'],
  ['el StatefulSet', 'statefulset', 'statefulsets', 'sts'],
  ['el DaemonSet', 'daemonset', 'daemonsets', 'ds'],
  ['el Job', 'job', 'jobs'],
  ['el CronJob', 'cronjob', 'cronjobs', 'cj'],
  ['el Service', 'service', 'services', 'svc'],
  ['el EndpointSlice', 'endpointslice', 'endpointslices'],
  ['el ConfigMap', 'configmap', 'configmaps', 'cm'],
  ['el Secret', 'secret', 'secrets'],
  ['el namespace', 'namespace', 'namespaces', 'ns'],
  ['el nodo', 'node', 'nodes', 'no'],
  ['el PersistentVolumeClaim', 'persistentvolumeclaim', 'persistentvolumeclaims', 'pvc'],
  ['el PersistentVolume', 'persistentvolume', 'persistentvolumes', 'pv'],
  ['la StorageClass', 'storageclass', 'storageclasses', 'sc'],
  ['la ServiceAccount', 'serviceaccount', 'serviceaccounts', 'sa'],
  ['el PodDisruptionBudget', 'poddisruptionbudget', 'poddisruptionbudgets', 'pdb'],
  ['el HorizontalPodAutoscaler', 'horizontalpodautoscaler', 'horizontalpodautoscalers', 'hpa'],
  ['la NetworkPolicy', 'networkpolicy', 'networkpolicies', 'netpol'],
  ['el Ingress', 'ingress', 'ingresses', 'ing'],
  ['el Lease', 'lease', 'leases'],
  ['el Role', 'role', 'roles'],
  ['el RoleBinding', 'rolebinding', 'rolebindings'],
];

/** «el Deployment», however kubectl lets one write it. */
export function kindTitle(written: string): string {
  const [word = ''] = written.toLowerCase().split('.');
  return titles.find(([, ...names]) => names.includes(word))?.[0] ?? `el objeto ${written}`;
}

/** ` -n panaderia`, or nothing. */
export function namespaceFlag(params: JsonObject): string {
  const namespace = textOf(params, 'namespace');
  return namespace === '' ? '' : ` -n ${shellWord(namespace)}`;
}

/** `kubectl get deploy mostrador -n panaderia -o jsonpath='{.status.readyReplicas}'`. */
export function getCommand(kind: string, name: string, params: JsonObject, field: string): string {
  const base = `kubectl get ${kind}${name === '' ? '' : ` ${shellWord(name)}`}${namespaceFlag(params)}`;
  if (field === '') return base;
  // A path that jsonpath would read otherwise is shown in the whole object.
  return /^[\w.[\]]+$/.test(field) ? `${base} -o jsonpath='{.${field}}'` : `${base} -o yaml`;
}

/** «absent», with what may have been meant. */
export async function absentNear(
  view: KubeView,
  kind: string,
  namespace: string,
  name: string,
): Promise<Observation> {
  return { state: 'absent', value: { parecidos: [...(await view.near(kind, namespace, name))] } };
}

/** The advice when an object is not there: somewhere else, nearly so called, or not at all. */
export function missingAdvice(
  observation: Observation,
  what: { readonly kind: string; readonly name: string; readonly namespace: string; readonly create: string },
): Advice {
  const near = asList(observation.value['parecidos']).map(String);
  const { kind, name, namespace, create } = what;
  const elsewhere = near.find((one) => one.includes('/'));
  if (elsewhere !== undefined) {
    const [other = ''] = elsewhere.split('/');
    return {
      why: `Existe, pero en el namespace \`${other}\`, y aquí se mira en \`${namespace}\`: son sitios distintos.`,
      next: `Añade \`-n ${namespace}\` a la orden, o \`metadata.namespace\` al manifiesto; lo otro sobra.`,
    };
  }
  const [first] = near;
  if (first !== undefined) {
    return {
      why: `No hay ningún ${kind} «${name}»; el más parecido se llama «${first}».`,
      next: 'Los nombres cuentan letra a letra: créalo con el que se pide.',
    };
  }
  return { why: `Todavía no hay ningún ${kind} «${name}» en \`${namespace}\`.`, next: create };
}

/** `status.conditions` by type, so that a check can say `condiciones.Ready`. */
export function conditionsOf(object: JsonObject): JsonObject {
  const conditions = asList(asObject(object['status'])['conditions']).map((one) => asObject(one));
  return Object.fromEntries(
    conditions.map((one) => [String(one['type'] ?? ''), String(one['status'] ?? '')]),
  );
}

export const metadataOf = (object: JsonObject) => asObject(object['metadata']);
export const nameOf = (object: JsonObject) => String(metadataOf(object)['name'] ?? '');

/** Whether a condition of the object is True. */
export const sortedNames = (objects: readonly JsonObject[]): readonly Json[] => objects.map(nameOf).sort();

/** The container's images in order. */
export function imagesOf(podSpec: JsonObject): readonly string[] {
  return asList(podSpec['containers']).map((one) => String(asObject(one)['image'] ?? ''));
}
