import type {
  Volume as ApiVolume,
  HostPathVolumeSource,
  PersistentVolume,
  Pod,
} from '../../../kube/api/core-v1.ts';
import { parseQuantity, quantityValue } from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';
import { kubeletUid } from '../pods/remains.ts';
import type { PodAddresses } from '../runtime/downward.ts';
import type { Volume } from '../runtime.ts';
import { configMapPayload, downwardPayload, type Payload, secretPayload } from './payload.ts';
import { projectedPayload, type TokenCache } from './projected.ts';

/** A volume that containers can mount. */
export interface MountedVolume {
  readonly volume: Volume;
  /** Inside `volume`. */
  readonly basePath: string;
  readonly readOnly: boolean;
  /** Written anew at each sync; undefined: the containers' own. */
  readonly refresh: (() => Promise<void>) | undefined;
  /** What the Pod leaves behind is dropped. */
  readonly owned: boolean;
}

export interface VolumeParts {
  readonly context: KubeletContext;
  readonly tokens: TokenCache;
  /** The storage behind a PersistentVolume, wherever its Pod is. */
  readonly persistent: (volume: PersistentVolume) => Volume;
  readonly addresses: () => PodAddresses;
  /** As the API has it now: labels and annotations change. */
  readonly pod: () => Pod;
}

const defaultMode = 0o644;

/** The claim behind a volume cannot be used: nothing is mounted, nor tried again before the Pod's next turn. */
export class ClaimError extends Error {}

/** Makes the volume and fills it. Rejects in upstream's words, after `MountVolume.SetUp failed for volume "v" : `. */
export async function setUpVolume(source: ApiVolume, parts: VolumeParts): Promise<MountedVolume> {
  const { context, pod } = parts;
  const { runtime } = context;
  if (source.emptyDir !== undefined) {
    const { medium, sizeLimit } = source.emptyDir;
    const volume = runtime.createVolume({
      kind: 'emptyDir',
      memory: medium === 'Memory',
      sizeLimitBytes: sizeLimit === undefined ? 0 : Number(quantityValue(parseQuantity(sizeLimit))),
      survives: medium !== 'Memory',
      ...(medium === 'Memory' ? {} : { id: podVolumeId(kubeletUid(pod()), source.name) }),
    });
    return finished(volume, parts, { owned: true });
  }
  if (source.hostPath !== undefined) return hostPath(source.hostPath, context);
  const claimName =
    source.persistentVolumeClaim?.claimName ??
    (source.ephemeral === undefined ? undefined : `${nameOf(pod())}-${source.name}`);
  if (claimName !== undefined) {
    const readOnly = source.persistentVolumeClaim?.readOnly === true;
    return { ...claimed(claimName, parts), readOnly };
  }
  const strange = unsupported(source, uidOf(pod()));
  if (strange !== undefined) throw new Error(strange);
  const payload = payloadOf(source, parts);
  const kind = payload === undefined ? 'emptyDir' : kindOf(source);
  if (payload === undefined) {
    const volume = runtime.createVolume({ kind, memory: false, sizeLimitBytes: 0, survives: false });
    return finished(volume, parts, { owned: true });
  }
  const first = await payload();
  // Upstream keeps ConfigMaps on the node's disk, and the rest in memory.
  const volume = runtime.createVolume({
    kind,
    memory: kind !== 'configMap',
    sizeLimitBytes: 0,
    survives: false,
  });
  volume.replace(first);
  const { name } = source;
  // Of the Pod as it is then: the one whose volume was made is not held.
  const refresh = async () => {
    const now = specOf(pod()).volumes?.find((one) => one.name === name);
    const again = now === undefined ? undefined : payloadOf(now, parts);
    if (again !== undefined) volume.replace(await again());
  };
  return { ...finished(volume, parts, { owned: true }), refresh, readOnly: true };
}

/** What a node says that has neither the drivers nor the helpers for a volume; undefined: it is one of ours. */
function unsupported({ name, csi, nfs, ...rest }: ApiVolume, uid: string): string | undefined {
  if (csi !== undefined)
    return `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${csi.driver} not found in the list of registered CSI drivers`;
  if (nfs !== undefined) {
    const where = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~nfs/${name}`;
    return `mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs ${nfs.server}:${nfs.path} ${where}\nOutput: mount: ${where}: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.\n`;
  }
  const [other] = Object.keys(rest).filter((key) => !ours.has(key));
  return other === undefined ? undefined : `no volume plugin matched (${other})`;
}

/** Those that are written or empty. */
const ours = new Set(['configMap', 'secret', 'projected', 'downwardAPI', 'gitRepo']);

/** What the machine's disk calls a volume of a Pod's own. */
const podVolumeId = (uid: string, volume: string): string => `pod/${uid}/${volume}`;

/** Whose it is; undefined: no Pod's. */
export const podOfVolume = (id: string): string | undefined => /^pod\/([^/]+)\//.exec(id)?.[1];

function finished(
  volume: Volume,
  { pod }: VolumeParts,
  { owned }: { readonly owned: boolean },
): MountedVolume {
  const group = specOf(pod()).securityContext?.fsGroup;
  if (group !== undefined) volume.chgrp(group);
  return { volume, basePath: '', readOnly: false, refresh: undefined, owned };
}

const kindOf = (source: ApiVolume): string =>
  source.configMap !== undefined
    ? 'configMap'
    : source.secret !== undefined
      ? 'secret'
      : source.projected !== undefined
        ? 'projected'
        : 'downwardAPI';

function payloadOf(source: ApiVolume, parts: VolumeParts): (() => Promise<Payload>) | undefined {
  const { context, pod, tokens, addresses } = parts;
  const { configMap, secret, downwardAPI, projected } = source;
  if (configMap !== undefined)
    return () =>
      configMapPayload(context, pod(), configMap.name ?? '', configMap, configMap.defaultMode ?? defaultMode);
  if (secret !== undefined)
    return () =>
      secretPayload(context, pod(), secret.secretName ?? '', secret, secret.defaultMode ?? defaultMode);
  if (downwardAPI !== undefined)
    return async () =>
      downwardPayload(
        context,
        pod(),
        downwardAPI.items ?? [],
        downwardAPI.defaultMode ?? defaultMode,
        addresses(),
      );
  if (projected !== undefined) return () => projectedPayload(context, pod(), projected, tokens, addresses());
  return undefined;
}

/** Mirrors pkg/volume/hostpath. */
function hostPath({ path, type = '' }: HostPathVolumeSource, { runtime }: KubeletContext): MountedVolume {
  const volume = runtime.hostFiles();
  const found = volume.typeOf(path);
  const wrong = (what: string): never => {
    throw new Error(`hostPath type check failed: ${path} is not ${what}`);
  };
  if (type === 'DirectoryOrCreate' && found === undefined) volume.make(path, 'directory', 0o755);
  else if (type === 'FileOrCreate' && found === undefined) volume.make(path, 'file', 0o644);
  else if (type.startsWith('Directory') && found !== 'directory') wrong('a directory');
  else if (type.startsWith('File') && found !== 'file') wrong('a file');
  else if (type === 'Socket') wrong('a socket file');
  else if (type === 'CharDevice') wrong('a character device');
  else if (type === 'BlockDevice') wrong('a block device');
  return { volume, basePath: path.replace(/^\/+/, ''), readOnly: false, refresh: undefined, owned: false };
}

function claimed(claimName: string, parts: VolumeParts): MountedVolume {
  const { context, pod, persistent } = parts;
  const claim = context.objects.claim(namespaceOf(pod()), claimName);
  const what = `error processing PVC ${namespaceOf(pod())}/${claimName}`;
  if (claim === undefined)
    throw new ClaimError(
      `${what}: failed to fetch PVC from API server: persistentvolumeclaims "${claimName}" not found`,
    );
  const name = claim.spec?.volumeName ?? '';
  if (claim.metadata?.deletionTimestamp !== undefined) throw new ClaimError(`${what}: PVC is being deleted`);
  if (claim.status?.phase !== 'Bound' || name === '') throw new ClaimError(`${what}: PVC is not bound`);
  const volume = context.objects.persistentVolume(name);
  if (volume === undefined)
    throw new ClaimError(
      `${what}: failed to fetch PV ${name} from API server: persistentvolumes "${name}" not found`,
    );
  const local = volume.spec?.hostPath?.path ?? volume.spec?.local?.path;
  if (local !== undefined) return hostPath({ path: local, type: volume.spec?.hostPath?.type }, context);
  return finished(persistent(volume), parts, { owned: false });
}
