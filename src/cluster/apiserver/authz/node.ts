import type { PersistentVolumeClaim, Pod, PodSpec } from '../../../kube/api/core-v1.ts';
import type { PolicyRule } from '../../../kube/api/rbac-v1.ts';
import { asKind } from '../../../kube/object.ts';
import type { AuthorizationQuery, Authorizer, Decision, ObjectReader, ServerHost } from '../contracts.ts';
import { rulesOfRoleLines } from './bootstrap.ts';
import { ruleAllows } from './rules.ts';

/**
 * What a kubelet may do: its own Node, Lease and CSINode, and of the rest what the Pods bound to it need. Mirrors
 * plugin/pkg/auth/authorizer/node, but lists and watches of Pods and Nodes are not narrowed to the node's own.
 */

type Asked = NonNullable<AuthorizationQuery['resource']>;

const ALLOWED: Decision = { allowed: true, reason: '' };
const no = (reason: string): Decision => ({ allowed: false, reason });
const PREFIX = 'system:node:';

/** Of a Pod, what its node may see because of it. Its status and who wrote it are more than half of one. */
interface BoundPod {
  readonly namespace: string;
  readonly name: string;
  readonly spec: PodSpec;
}

export function createNodeAuthorizer(host: Pick<ServerHost, 'follow' | 'reader'>): Authorizer {
  let rules: readonly PolicyRule[] | undefined;
  let podsOfNode: ((node: string) => Iterable<BoundPod>) | undefined;
  return {
    authorize(query) {
      const { user, resource } = query;
      if (!user.name.startsWith(PREFIX) || !user.groups.includes('system:nodes')) return no('');
      const node = user.name.slice(PREFIX.length);
      if (node === '') return no(`unknown node for user ${JSON.stringify(user.name)}`);
      podsOfNode ??= followPods(host.follow);
      const special = resource && decide(query.verb, resource, node, podsOfNode(node), host.reader);
      if (special !== undefined) return special;
      rules ??= rulesOfRoleLines('system:node');
      return rules.some((rule) => ruleAllows(query, rule)) ? ALLOWED : no('');
    },
  };
}

function decide(
  verb: string,
  asked: Asked,
  node: string,
  pods: Iterable<BoundPod>,
  reader: ObjectReader,
): Decision | undefined {
  const related = (has: (pod: BoundPod) => boolean): Decision => {
    if (asked.name === '') return no('No Object name found');
    for (const pod of pods)
      if ((pod.namespace === asked.namespace || asked.namespace === '') && has(pod)) return ALLOWED;
    return no(`no relationship found between node '${node}' and this object`);
  };
  switch (`${asked.group}/${asked.resource}`) {
    case '/secrets':
    case '/configmaps':
      if (!['get', 'list', 'watch'].includes(verb)) return no('can only read resources of this type');
      if (asked.subresource !== '') return no('cannot read subresource');
      if (asked.namespace === '') return no('can only read namespaced object of this type');
      return related(({ spec }) =>
        referenced(spec)[asked.resource as 'secrets' | 'configmaps'].has(asked.name),
      );
    case '/persistentvolumeclaims':
      if (asked.subresource === 'status') {
        if (verb !== 'update' && verb !== 'patch') return no('can only get/update/patch this type');
      } else if (verb !== 'get') return no('can only get individual resources of this type');
      else if (asked.subresource !== '') return no('cannot get subresource');
      return related((pod) => claimsOf(pod).includes(asked.name));
    case '/persistentvolumes':
      if (verb !== 'get') return no('can only get individual resources of this type');
      return related((pod) => claimsOf(pod).some((claim) => volumeOf(reader, pod, claim) === asked.name));
    case '/serviceaccounts':
      if (verb !== 'create' || asked.name === '')
        return no('can only create tokens for individual service accounts');
      if (asked.subresource !== 'token') return no('can only create token subresource of serviceaccount');
      return related(({ spec }) => spec.serviceAccountName === asked.name);
    case 'coordination.k8s.io/leases':
      if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb))
        return no('can only get, create, update, patch, or delete a node lease');
      if (asked.namespace !== 'kube-node-lease')
        return no('can only access leases in the "kube-node-lease" system namespace');
      if (verb !== 'create' && asked.name !== node)
        return no('can only access node lease with the same name as the requesting node');
      return ALLOWED;
    case 'storage.k8s.io/csinodes':
      if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb))
        return no('can only get, create, update, patch, or delete a CSINode');
      if (asked.subresource !== '') return no('cannot authorize CSINode subresources');
      if (verb !== 'create' && asked.name !== node)
        return no('can only access CSINode with the same name as the requesting node');
      return ALLOWED;
    case '/nodes':
      if (asked.name !== '' && asked.name !== node && verb !== 'create')
        return no(
          `node '${node}' cannot ${verb === 'get' ? 'read' : verb} '${asked.name}', only its own Node object`,
        );
      return undefined;
    case '/pods':
      if (asked.name === '' || verb === 'create') return undefined;
      return [...pods].some(({ name, namespace }) => name === asked.name && namespace === asked.namespace)
        ? undefined
        : no(`no relationship found between node '${node}' and this object`);
    default:
      return undefined;
  }
}

function followPods(follow: ServerHost['follow']): (node: string) => Iterable<BoundPod> {
  const nodeOf = new Map<string, string>();
  const byNode = new Map<string, Map<string, BoundPod>>();
  follow('', 'pods', ({ namespace, name }, object) => {
    const key = `${namespace}/${name}`;
    const spec = object && asKind<Pod>(object).spec;
    const old = nodeOf.get(key);
    const now = spec?.nodeName ?? '';
    if (old !== undefined && old !== now) byNode.get(old)?.delete(key);
    if (spec === undefined || now === '') nodeOf.delete(key);
    else {
      nodeOf.set(key, now);
      const pods = byNode.get(now) ?? new Map<string, BoundPod>();
      byNode.set(now, pods.set(key, { namespace, name, spec }));
    }
  });
  return (node) => byNode.get(node)?.values() ?? [];
}

function referenced(spec: PodSpec): { readonly secrets: Set<string>; readonly configmaps: Set<string> } {
  const secrets = new Set((spec.imagePullSecrets ?? []).map(({ name }) => name ?? ''));
  const configmaps = new Set<string>();
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    for (const { valueFrom } of container.env ?? []) {
      secrets.add(valueFrom?.secretKeyRef?.name ?? '');
      configmaps.add(valueFrom?.configMapKeyRef?.name ?? '');
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      secrets.add(secretRef?.name ?? '');
      configmaps.add(configMapRef?.name ?? '');
    }
  }
  for (const volume of spec.volumes ?? []) {
    secrets.add(volume.secret?.secretName ?? '');
    configmaps.add(volume.configMap?.name ?? '');
    for (const { secret, configMap } of volume.projected?.sources ?? []) {
      secrets.add(secret?.name ?? '');
      configmaps.add(configMap?.name ?? '');
    }
  }
  return { secrets, configmaps };
}

function claimsOf({ name, spec }: BoundPod): readonly string[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral === undefined ? [] : [`${name}-${volume.name}`];
  });
}

function volumeOf(reader: ObjectReader, { namespace }: BoundPod, claim: string): string | undefined {
  const found = reader.get('', 'persistentvolumeclaims', namespace, claim);
  return found && asKind<PersistentVolumeClaim>(found).spec?.volumeName;
}
