import type { Pod, PodStatus, Taint } from '../../../kube/api/core-v1.ts';
import { qosClassOf } from '../../../kube/qos.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { containersOf, initContainersOf, isStaticPod, specOf } from '../pods/pod.ts';
import { nodeSelectorMatches } from './node-selector.ts';
import { podRequests } from './requests.ts';
import { toleratesTaint } from './tolerations.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Sysctls that no other Pod on the node notices (pkg/kubelet/sysctl). */
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

/** Why a Pod cannot run on this node after all; undefined: it can. Mirrors the kubelet's admit handlers. */
export function admit(
  context: KubeletContext,
  pod: Pod,
  others: readonly Pod[],
  pressures: readonly string[],
): Refusal | undefined {
  return (
    underPressure(pod, pressures) ??
    sysctl(pod) ??
    wrongSystem(context, pod) ??
    fits(context, pod, others) ??
    placed(context, pod, others) ??
    tainted(context, pod) ??
    appArmor(pod)
  );
}

/** What the status of a refused Pod says. Mirrors rejectPod. */
export const refusedStatus = (pod: Pod, { reason, message }: Refusal): PodStatus => ({
  phase: 'Failed',
  reason,
  message: `Pod was rejected: ${message}`,
  ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
});

const memoryTaint: Taint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };

const tolerates = (pod: Pod, taint: Taint): boolean =>
  (specOf(pod).tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));

function underPressure(pod: Pod, pressures: readonly string[]): Refusal | undefined {
  if (pressures.length === 0 || (specOf(pod).priority ?? 0) >= 2_000_000_000) return undefined;
  const onlyMemory = pressures.every((one) => one === 'MemoryPressure');
  if (onlyMemory && (qosClassOf(pod) !== 'BestEffort' || tolerates(pod, memoryTaint))) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
}

function sysctl(pod: Pod): Refusal | undefined {
  const forbidden = (specOf(pod).securityContext?.sysctls ?? []).find(
    ({ name }) => !safeSysctls.has(name.replaceAll('/', '.')),
  );
  if (forbidden === undefined) return undefined;
  return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${forbidden.name}" not allowlisted` };
}

function fits({ settings, objects }: KubeletContext, pod: Pod, others: readonly Pod[]): Refusal | undefined {
  const allocatable = objects.node()?.status?.allocatable ?? settings.allocatable;
  const short = (resource: string, requested: bigint, used: bigint, capacity: bigint): Refusal => ({
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  const room = amount('pods', allocatable['pods'] ?? '0');
  if (BigInt(others.length) + 1n > room) return short('pods', 1n, BigInt(others.length), room);
  const wanted = podRequests(pod);
  const used = others.map(podRequests);
  const names = ['cpu', 'memory', 'ephemeral-storage', ...[...wanted.keys()].sort()];
  for (const name of new Set(names)) {
    const requested = wanted.get(name) ?? 0n;
    const capacity = Object.hasOwn(allocatable, name) ? allocatable[name] : undefined;
    // What the node does not know at all is nobody's business here.
    if (requested === 0n || capacity === undefined) continue;
    const sum = used.reduce((total, requests) => total + (requests.get(name) ?? 0n), 0n);
    const most = amount(name, capacity);
    if (requested > most - sum) return short(name, requested, sum, most);
  }
  return undefined;
}

const amount = (name: string, text: string): bigint =>
  name === 'cpu' ? quantityMilliValue(parseQuantity(text)) : quantityValue(parseQuantity(text));

function placed(
  { settings, objects }: KubeletContext,
  pod: Pod,
  others: readonly Pod[],
): Refusal | undefined {
  const failed = (name: string, why: string): Refusal => ({
    reason: name,
    message: `Predicate ${name} failed: ${why}`,
  });
  const labels = objects.node()?.metadata?.labels ?? settings.labels;
  const { nodeSelector = {}, affinity } = specOf(pod);
  const selected = Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!selected || (required !== undefined && !nodeSelectorMatches(required, labels, settings.name)))
    return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  const taken = new Set(others.flatMap(hostPorts));
  if (hostPorts(pod).some((port) => taken.has(port)))
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  return undefined;
}

/** What is made for other machines. Mirrors rejectPodAdmissionBasedOnOSSelector and …OnOSField. */
function wrongSystem({ settings }: KubeletContext, pod: Pod): Refusal | undefined {
  const { nodeSelector = {}, os } = specOf(pod);
  const key = 'kubernetes.io/os';
  const wanted = Object.hasOwn(nodeSelector, key) ? nodeSelector[key] : undefined;
  if (wanted !== undefined && wanted !== settings.labels[key])
    return {
      reason: 'PodOSSelectorNodeLabelDoesNotMatch',
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  if (os === undefined || os.name === 'linux') return undefined;
  return {
    reason: 'PodOSNotSupported',
    message: "Failed to admit pod as the OS field doesn't match node OS",
  };
}

/** Only what would be taken away at once counts here. */
function tainted({ objects }: KubeletContext, pod: Pod): Refusal | undefined {
  if (isStaticPod(pod)) return undefined;
  const taints = objects.node()?.spec?.taints ?? [];
  if (taints.every((taint) => taint.effect !== 'NoExecute' || tolerates(pod, taint))) return undefined;
  return {
    reason: 'TaintToleration',
    message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  };
}

const hostPorts = (pod: Pod): readonly string[] =>
  [
    ...containersOf(pod),
    ...initContainersOf(pod).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, protocol = 'TCP', hostIP = '' }) =>
      hostPort > 0 ? [`${protocol} ${hostIP === '' ? '0.0.0.0' : hostIP} ${hostPort}`] : [],
    ),
  );

function appArmor(pod: Pod): Refusal | undefined {
  const asked = [
    specOf(pod).securityContext?.appArmorProfile,
    ...[...initContainersOf(pod), ...containersOf(pod)].map((one) => one.securityContext?.appArmorProfile),
  ];
  if (asked.every((profile) => profile === undefined || profile.type === 'Unconfined')) return undefined;
  return {
    reason: 'AppArmor',
    message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host',
  };
}
