import type { Pod } from '../../../kube/api/core-v1.ts';
import type { NodeSettings } from '../node/spec.ts';
import { nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';
import type { SandboxConfig } from '../runtime.ts';

const maxSearches = 32;
const maxNameservers = 3;

/** The sandbox of a Pod. Mirrors generatePodSandboxConfig. */
export function sandboxConfig(pod: Pod, attempt: number, settings: NodeSettings): SandboxConfig {
  const spec = specOf(pod);
  const hostNetwork = spec.hostNetwork === true;
  const namespace = namespaceOf(pod);
  const plain = (spec.hostname ?? '') === '' ? truncated(nameOf(pod)) : (spec.hostname ?? '');
  const domain =
    (spec.subdomain ?? '') === '' ? '' : `${spec.subdomain}.${namespace}.svc.${settings.clusterDomain}`;
  const fqdn = spec.setHostnameAsFQDN === true && domain !== '' ? `${plain}.${domain}` : plain;
  const sysctls: { [name: string]: string } = {};
  for (const { name, value } of spec.securityContext?.sysctls ?? [])
    sysctls[name.replaceAll('/', '.')] = value;
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
  };
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
  return {
    nameservers: [...new Set([...nameservers, ...(dnsConfig?.nameservers ?? [])])].slice(0, maxNameservers),
    searches: [...new Set([...searches, ...(dnsConfig?.searches ?? [])])].slice(0, maxSearches),
    ndots: ndots === undefined ? (cluster ? 5 : 1) : Number(ndots),
  };
}
