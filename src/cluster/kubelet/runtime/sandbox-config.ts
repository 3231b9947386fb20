import type { Pod } from '../../../kube/api/core-v1.ts';
import type { NodeSettings } from '../node/spec.ts';
import { nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';
import type { SandboxConfig } from '../runtime.ts';

const maxSearches = 32;
const maxNameservers = 3;
/** What fits into the kernel's nodename. */
const kernelNameMost = 64;

/** The sandbox of a Pod. Throws an Error in upstream's words. Mirrors generatePodSandboxConfig. */
export function sandboxConfig(pod: Pod, attempt: number, settings: NodeSettings): SandboxConfig {
  const spec = specOf(pod);
  const hostNetwork = spec.hostNetwork === true;
  const namespace = namespaceOf(pod);
  const plain = (spec.hostname ?? '') === '' ? truncated(nameOf(pod)) : (spec.hostname ?? '');
  const domain =
    (spec.subdomain ?? '') === '' ? '' : `${spec.subdomain}.${namespace}.svc.${settings.clusterDomain}`;
  const fqdn = spec.setHostnameAsFQDN === true && domain !== '' ? `${plain}.${domain}` : plain;
  if (fqdn !== plain && fqdn.length > kernelNameMost)
    throw new Error(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${kernelNameMost} characters is the max, ${fqdn.length} characters requested)`,
    );
  const sysctls: { [name: string]: string } = {};
  for (const { name, value } of spec.securityContext?.sysctls ?? [])
    sysctls[name.replaceAll('/', '.')] = value;
  const hostPorts = hostNetwork ? [] : hostPortsOf(pod);
  return {
    namespace,
    name: nameOf(pod),
    uid: uidOf(pod),
    attempt,
    hostname: hostNetwork ? settings.name : fqdn,
    domainname: domain,
    hostNetwork,
    hostPID: spec.hostPID === true,
    shareProcessNamespace: spec.shareProcessNamespace === true,
    hostAliases: (spec.hostAliases ?? []).map(({ ip, hostnames }) => ({ ip, hostnames: hostnames ?? [] })),
    resolver: resolverOf(pod, settings),
    sysctls,
    ...(hostPorts.length === 0 ? {} : { hostPorts }),
  };
}

/** Of all containers: the ports are the sandbox's. */
function hostPortsOf(pod: Pod): NonNullable<SandboxConfig['hostPorts']> {
  const { containers, initContainers = [] } = specOf(pod);
  return [...initContainers, ...containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, containerPort, protocol = 'TCP' }) =>
      hostPort > 0 && (protocol === 'TCP' || protocol === 'UDP')
        ? [{ hostPort, containerPort, protocol }]
        : [],
    ),
  );
}

/** Names of hosts have at most 63 characters. */
const truncated = (name: string): string => name.slice(0, 63).replace(/[-.]+$/, '');

/** Mirrors pkg/kubelet/network/dns. */
function resolverOf(
  pod: Pod,
  { clusterDns, clusterDomain, hostDns }: NodeSettings,
): SandboxConfig['resolver'] {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = specOf(pod);
  const cluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true);
  const nameservers = cluster ? [clusterDns] : dnsPolicy === 'None' ? [] : hostDns.nameservers;
  const local = [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  const searches = dnsPolicy === 'None' ? [] : cluster ? [...local, ...hostDns.searches] : hostDns.searches;
  const ndots = dnsConfig?.options?.find(({ name }) => name === 'ndots')?.value;
  const options = (dnsConfig?.options ?? []).flatMap(({ name, value }) =>
    name === undefined || name === 'ndots' ? [] : [value === undefined ? name : `${name}:${value}`],
  );
  return {
    nameservers: [...new Set([...nameservers, ...(dnsConfig?.nameservers ?? [])])].slice(0, maxNameservers),
    searches: [...new Set([...searches, ...(dnsConfig?.searches ?? [])])].slice(0, maxSearches),
    ndots: ndots === undefined ? (cluster ? 5 : 1) : Number(ndots),
    ...(options.length === 0 ? {} : { options }),
  };
}
