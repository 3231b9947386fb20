import type { LabelSelector as MetaLabelSelector } from '../../../kube/api/meta-v1.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../../kube/api/networking-v1.ts';
import { type Cidr, cidrContains, parseCIDR, parseIP } from '../../../kube/ip.ts';
import { type LabelSelector, labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';

/** One side of a connection as policies see it. */
export interface PolicySide {
  readonly ip: string;
  /** Undefined: no Pod, or one of its node's network, to which policies do not apply. */
  readonly pod: PolicyPod | undefined;
}

export interface PolicyPod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  readonly ports: readonly {
    readonly name?: string | undefined;
    readonly containerPort: number;
    readonly protocol?: string | undefined;
  }[];
}

export interface CompiledPolicy {
  readonly name: string;
  selects(pod: PolicyPod): boolean;
  /** Undefined: it says nothing about this direction. `to` is the Pod that is asked, whose ports have names. */
  readonly allows: {
    readonly [direction in Direction]:
      | ((peer: PolicySide, to: PolicySide, port: PolicyPort) => boolean)
      | undefined;
  };
}

export type Direction = 'ingress' | 'egress';

export interface PolicyPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'ICMP';
}

interface Rule {
  readonly ports?: NetworkPolicyPort[] | undefined;
  readonly peers?: NetworkPolicyPeer[] | undefined;
}

/** A policy ready to be asked many times. What of it cannot be read allows and selects nothing. */
export function compilePolicy({ metadata, spec }: NetworkPolicy): CompiledPolicy {
  const namespace = metadata?.namespace ?? '';
  const selector = selectorOf(spec?.podSelector);
  const types = new Set(spec?.policyTypes ?? ['Ingress', ...(spec?.egress?.length ? ['Egress'] : [])]);
  const direction = (on: boolean, rules: readonly Rule[]) => {
    if (!on) return undefined;
    const compiled = rules.map((rule) => compileRule(namespace, rule));
    return (peer: PolicySide, to: PolicySide, port: PolicyPort) =>
      compiled.some((allows) => allows(peer, to, port));
  };
  return {
    name: `${namespace}/${metadata?.name ?? ''}`,
    selects: (pod) => pod.namespace === namespace && selector.matches(pod.labels),
    allows: {
      ingress: direction(
        types.has('Ingress'),
        (spec?.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from })),
      ),
      egress: direction(
        types.has('Egress'),
        (spec?.egress ?? []).map(({ ports, to }) => ({ ports, peers: to })),
      ),
    },
  };
}

function compileRule(namespace: string, { ports, peers }: Rule) {
  const portTests = (ports ?? []).map(compilePort);
  const peerTests = (peers ?? []).map((peer) => compilePeer(namespace, peer));
  return (peer: PolicySide, to: PolicySide, port: PolicyPort): boolean =>
    (portTests.length === 0 || portTests.some((test) => test(to, port))) &&
    (peerTests.length === 0 || peerTests.some((test) => test(peer)));
}

function compilePort({ protocol = 'TCP', port: wanted, endPort }: NetworkPolicyPort) {
  return (to: PolicySide, asked: PolicyPort): boolean => {
    if (protocol !== asked.protocol) return false;
    if (wanted === undefined || wanted === null) return true;
    if (typeof wanted === 'number') return asked.port >= wanted && asked.port <= (endPort ?? wanted);
    return (to.pod?.ports ?? []).some(
      (port) =>
        port.name === wanted && port.containerPort === asked.port && (port.protocol ?? 'TCP') === protocol,
    );
  };
}

function compilePeer(namespace: string, { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer) {
  if (ipBlock !== undefined && ipBlock !== null) return compileBlock(ipBlock);
  const everyPod = podSelector === undefined || podSelector === null;
  const pods = selectorOf(podSelector);
  const own = namespaceSelector === undefined || namespaceSelector === null;
  const namespaces = selectorOf(namespaceSelector);
  return ({ pod }: PolicySide): boolean =>
    pod !== undefined &&
    (own ? pod.namespace === namespace : namespaces.matches(pod.namespaceLabels)) &&
    (everyPod || pods.matches(pod.labels));
}

function compileBlock({ cidr, except }: IPBlock) {
  const block = parseCIDR(cidr);
  const holes = (except ?? []).map(parseCIDR).filter((hole): hole is Cidr => hole !== undefined);
  return ({ ip }: PolicySide): boolean => {
    const address = parseIP(ip);
    if (block === undefined || address === undefined || !cidrContains(block, address)) return false;
    return !holes.some((hole) => cidrContains(hole, address));
  };
}

function selectorOf(selector: MetaLabelSelector | null | undefined): LabelSelector {
  try {
    return labelSelectorFrom(selector);
  } catch {
    return labelSelectorFrom(undefined);
  }
}
