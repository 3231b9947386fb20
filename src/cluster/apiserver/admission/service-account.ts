import type { Random } from '../../../base/random.ts';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../../kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contracts.ts';
import { generateName } from '../registry/metadata.ts';
import { creates, refusal } from './attributes.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const MIRROR = 'kubernetes.io/config.mirror';
const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';

/**
 * Every Pod runs as a ServiceAccount and finds its token. `sync` waits until everything acknowledged elsewhere can be read
 * here. Mirrors plugin/pkg/admission/serviceaccount.
 */
export function serviceAccountPlugin(random: Random, sync: () => Promise<void>): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async mutate(request, reader) {
      const pod = podOf(request);
      if (pod?.spec === undefined || pod.metadata?.annotations?.[MIRROR] !== undefined) return;
      const { spec } = pod;
      const name = (spec.serviceAccountName ?? '') === '' ? 'default' : (spec.serviceAccountName ?? '');
      spec.serviceAccountName = name;
      spec.serviceAccount = name;
      if (reader.get('', 'serviceaccounts', request.namespace, name) === undefined) await sync();
      const account = find(request, name, reader);
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(spec, random);
      if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0)
        spec.imagePullSecrets = (account.imagePullSecrets ?? []).map((secret) => ({ ...secret }));
      // As upstream: what may not be mounted is told before the Pod itself is validated.
      if (account.metadata?.annotations?.[ENFORCE] === 'true') limitSecrets(request, spec, name, account);
    },
    validate(request, reader) {
      const pod = podOf(request);
      if (pod?.spec === undefined) return;
      const { spec } = pod;
      if (pod.metadata?.annotations?.[MIRROR] !== undefined) {
        checkMirror(request, spec);
        return;
      }
      const name = spec.serviceAccountName ?? '';
      if (name === '')
        throw refusal(
          request,
          `no service account specified for pod ${request.namespace}/${pod.metadata?.name ?? ''}`,
        );
      const account = find(request, name, reader);
      if (account.metadata?.annotations?.[ENFORCE] === 'true') limitSecrets(request, spec, name, account);
    },
  };
}

function podOf(request: AdmissionRequest): Pod | undefined {
  return request.object !== undefined && creates(request, '', 'pods')
    ? asKind<Pod>(request.object)
    : undefined;
}

function find(request: AdmissionRequest, name: string, reader: ObjectReader): ServiceAccount {
  const found = reader.get<KubeObject>('', 'serviceaccounts', request.namespace, name);
  if (found !== undefined) return asKind<ServiceAccount>(found);
  throw refusal(
    request,
    `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  );
}

function mountToken(spec: PodSpec, random: Random): void {
  const existing = (spec.volumes ?? []).find(({ name: own }) =>
    (own as string | undefined)?.startsWith(VOLUME_PREFIX),
  );
  const name = existing?.name ?? generateName(VOLUME_PREFIX, random);
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if ((container.volumeMounts ?? []).some(({ mountPath }) => mountPath === MOUNT_PATH)) continue;
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: MOUNT_PATH },
    ];
    needed = true;
  }
  if (needed && existing === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        // 7 seconds more than an hour, so that such tokens are recognised and live on for old clients.
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

function checkMirror(request: AdmissionRequest, spec: PodSpec): void {
  if ((spec.serviceAccountName ?? '') !== '')
    throw refusal(request, 'a mirror pod may not reference service accounts');
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const inContainers = containers.some(
    ({ env = [], envFrom = [] }) =>
      env.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
      envFrom.some(({ secretRef }) => secretRef !== undefined),
  );
  const sources = (spec.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  const inVolumes =
    (spec.volumes ?? []).some((volume) => volume.secret !== undefined) ||
    sources.some(({ secret }) => secret !== undefined);
  if (inContainers || inVolumes || (spec.imagePullSecrets ?? []).length > 0)
    throw refusal(request, 'a mirror pod may not reference secrets');
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined))
    throw refusal(request, 'a mirror pod may not use ServiceAccountToken volume projections');
}

function limitSecrets(request: AdmissionRequest, spec: PodSpec, name: string, account: ServiceAccount): void {
  const mountable = new Set((account.secrets ?? []).map((secret) => secret.name ?? ''));
  const why = `is not allowed because service account ${name} does not reference that secret`;
  const check = (secret: string | undefined, who: string) => {
    if (secret !== undefined && !mountable.has(secret))
      throw refusal(request, `${who} secret.secretName="${secret}" ${why}`);
  };
  for (const volume of spec.volumes ?? []) check(volume.secret?.secretName, 'volume with');
  const checkContainer = (container: Container, what: string) => {
    for (const { name: variable, valueFrom } of container.env ?? [])
      check(valueFrom?.secretKeyRef?.name, `${what} ${container.name} with envVar ${variable} referencing`);
    for (const { secretRef } of container.envFrom ?? [])
      check(secretRef?.name, `${what} ${container.name} with envFrom referencing`);
  };
  for (const container of spec.initContainers ?? []) checkContainer(container, 'init container');
  for (const container of spec.containers ?? []) checkContainer(container, 'container');
  const pullable = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name ?? ''));
  (spec.imagePullSecrets ?? []).forEach((secret, i) => {
    if (!pullable.has(secret.name ?? ''))
      throw refusal(
        request,
        `imagePullSecrets[${i}].name="${secret.name ?? ''}" is not allowed because service account ${name} does not reference that imagePullSecret`,
      );
  });
}
