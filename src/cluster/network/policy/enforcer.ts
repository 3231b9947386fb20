import type { Pod } from '../../../kube/api/core-v1.ts';
import type { NetworkPolicy } from '../../../kube/api/networking-v1.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Namespace } from '../fabric/namespace.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  type Direction,
  type PolicyPod,
  type PolicyPort,
  type PolicySide,
} from './compiled.ts';

export type StoredPolicy = NetworkPolicy & KubeObject;
export type StoredPod = Pod & KubeObject;

/** The index of policies by their namespace. */
export const byNamespace = 'namespace';
export const namespaceOf = ({ metadata }: KubeObject): readonly string[] => [metadata.namespace ?? ''];

export interface PolicyVerdict {
  readonly allowed: boolean;
  /** Which side's policies said it; undefined: none selects either side. */
  readonly direction: Direction | undefined;
  /** `namespace/name` of the policies that select that Pod. */
  readonly policies: readonly string[];
}

interface EnforcerSources {
  readonly policies: Informer<StoredPolicy>;
  readonly pods: Informer<StoredPod>;
  readonly namespaces: Informer<KubeObject>;
}

/**
 * Whether NetworkPolicies let a connection through. They only allow: a Pod that none selects is open, one that some select gets
 * what any of them allows. A Pod's own node always reaches it, and it always reaches its node and itself.
 */
export class PolicyEnforcer {
  readonly #sources: EnforcerSources;
  readonly #compiled = new WeakMap<StoredPolicy, CompiledPolicy>();

  constructor(sources: EnforcerSources) {
    this.#sources = sources;
  }

  /** `from` undefined: from outside the cluster, with `fromIp`. */
  check(
    from: Namespace | undefined,
    fromIp: string,
    to: Namespace | undefined,
    toIp: string,
    port: PolicyPort,
  ): PolicyVerdict {
    const open: PolicyVerdict = { allowed: true, direction: undefined, policies: [] };
    if (from !== undefined && from === to) return open;
    const source: PolicySide = { ip: fromIp, pod: this.#podOf(from) };
    const target: PolicySide = { ip: toIp, pod: this.#podOf(to) };
    // Between a Pod and its own node nothing is filtered: probes must arrive.
    const neighbours = from !== undefined && to !== undefined && from.node === to.node;
    if (neighbours && (source.pod === undefined || target.pod === undefined)) return open;
    const egress = this.#ask('egress', source.pod, target, target, port);
    if (egress !== undefined && !egress.allowed) return egress;
    return this.#ask('ingress', target.pod, source, target, port) ?? egress ?? open;
  }

  #ask(
    direction: Direction,
    pod: PolicyPod | undefined,
    peer: PolicySide,
    to: PolicySide,
    port: PolicyPort,
  ): PolicyVerdict | undefined {
    if (pod === undefined) return undefined;
    const selecting = this.#sources.policies
      .byIndex(byNamespace, pod.namespace)
      .map((policy) => this.#compile(policy))
      .filter((policy) => policy.allows[direction] !== undefined && policy.selects(pod));
    if (selecting.length === 0) return undefined;
    return {
      allowed: selecting.some((policy) => policy.allows[direction]?.(peer, to, port) === true),
      direction,
      policies: selecting.map(({ name }) => name).sort(),
    };
  }

  #podOf(namespace: Namespace | undefined): PolicyPod | undefined {
    const attached = namespace?.pod;
    if (attached === undefined) return undefined;
    const pod = this.#sources.pods.get(attached.namespace, attached.name);
    return {
      namespace: attached.namespace,
      labels: pod?.metadata.labels ?? {},
      namespaceLabels: this.#sources.namespaces.get('', attached.namespace)?.metadata.labels ?? {},
      ports: [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])].flatMap(
        ({ ports }) => ports ?? [],
      ),
    };
  }

  #compile(policy: StoredPolicy): CompiledPolicy {
    const known = this.#compiled.get(policy);
    if (known !== undefined) return known;
    const compiled = compilePolicy(policy);
    this.#compiled.set(policy, compiled);
    return compiled;
  }
}
