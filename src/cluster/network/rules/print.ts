import { clusterPodRange } from '../contract.ts';
import { endpointChain, serviceChain } from './chain-names.ts';
import { isExternal, type NodeFacts, type Reach, reachOf, usesLocal } from './reach.ts';
import { type Endpoint, endpointName, type ServicePort } from './service-ports.ts';
import type { RuleView } from './service-table.ts';
import { comment, IptablesTable, probability } from './tables.ts';

/** The rules that kube-proxy (1.32, iptables) keeps on a node, as iptables-save prints them. */
export function printRules(view: RuleView, node: NodeFacts): string {
  const filter = new IptablesTable('filter', ['INPUT', 'FORWARD', 'OUTPUT']);
  const nat = new IptablesTable('nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']);
  frame(filter, nat);
  const ports = [...view.services.values()].flat();
  for (const port of ports.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reach = reachOf(port, node);
    capture(filter, nat, port, reach);
    serviceChains(nat, port, reach);
    endpointChains(nat, port, reach);
  }
  nat.add(
    'KUBE-SERVICES',
    comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain'),
    '-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  );
  return `${filter.print()}${nat.print()}`;
}

/** What is there without any Service. */
function frame(filter: IptablesTable, nat: IptablesTable): void {
  const fresh = '-m conntrack --ctstate NEW';
  const firewall = [fresh, comment('kubernetes load balancer firewall'), '-j KUBE-PROXY-FIREWALL'];
  const services = [fresh, comment('kubernetes service portals'), '-j KUBE-SERVICES'];
  const external = [
    fresh,
    comment('kubernetes externally-visible service portals'),
    '-j KUBE-EXTERNAL-SERVICES',
  ];
  filter.add('INPUT', ...firewall);
  filter.add('INPUT', comment('kubernetes health check service ports'), '-j KUBE-NODEPORTS');
  filter.add('INPUT', ...external);
  filter.add('INPUT', '-j KUBE-FIREWALL');
  filter.add('FORWARD', ...firewall);
  filter.add('FORWARD', comment('kubernetes forwarding rules'), '-j KUBE-FORWARD');
  filter.add('FORWARD', ...services);
  filter.add('FORWARD', ...external);
  filter.add('OUTPUT', ...firewall);
  filter.add('OUTPUT', ...services);
  filter.add('OUTPUT', '-j KUBE-FIREWALL');
  for (const chain of ['KUBE-EXTERNAL-SERVICES', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL', 'KUBE-SERVICES'])
    filter.chain(chain);
  filter.add(
    'KUBE-FIREWALL',
    '! -s 127.0.0.0/8 -d 127.0.0.0/8',
    comment('block incoming localnet connections'),
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
  );
  filter.add('KUBE-FORWARD', '-m conntrack --ctstate INVALID -j DROP');
  filter.add(
    'KUBE-FORWARD',
    comment('kubernetes forwarding rules'),
    '-m mark --mark 0x4000/0x4000 -j ACCEPT',
  );
  filter.add(
    'KUBE-FORWARD',
    comment('kubernetes forwarding conntrack rule'),
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  );
  nat.add('PREROUTING', comment('kubernetes service portals'), '-j KUBE-SERVICES');
  nat.add('OUTPUT', comment('kubernetes service portals'), '-j KUBE-SERVICES');
  nat.add('POSTROUTING', comment('kubernetes postrouting rules'), '-j KUBE-POSTROUTING');
  nat.chain('KUBE-NODEPORTS');
  nat.add('KUBE-MARK-MASQ', '-j MARK --set-xmark 0x4000/0x4000');
  nat.add('KUBE-POSTROUTING', '-m mark ! --mark 0x4000/0x4000 -j RETURN');
  nat.add('KUBE-POSTROUTING', '-j MARK --set-xmark 0x4000/0x0');
  nat.add(
    'KUBE-POSTROUTING',
    comment('kubernetes service traffic requiring SNAT'),
    '-j MASQUERADE --random-fully',
  );
}

/** Which packets are meant: to the chains of the Service, or to nowhere. */
function capture(filter: IptablesTable, nat: IptablesTable, port: ServicePort, reach: Reach): void {
  const { name } = port;
  const protocol = port.protocol.toLowerCase();
  const to = (ip: string, text: string, number: number, ...more: readonly string[]) => [
    `-d ${ip}/32 -p ${protocol}`,
    comment(text),
    `-m ${protocol} --dport ${number}`,
    ...more,
  ];
  const target = reach.any ? '-j DROP' : '-j REJECT --reject-with icmp-port-unreachable';
  const why = reach.any ? `${name} has no local endpoints` : `${name} has no endpoints`;
  const inside = reach.any && (!port.internalLocal || reach.local.length > 0);
  const outside = reach.any && (!port.externalLocal || reach.local.length > 0);
  const external = serviceChain('EXT', port);
  for (const ip of port.clusterIps) {
    const chain = serviceChain(port.internalLocal ? 'SVL' : 'SVC', port);
    if (inside) nat.add('KUBE-SERVICES', ...to(ip, `${name} cluster IP`, port.port, `-j ${chain}`));
    else filter.add('KUBE-SERVICES', ...to(ip, why, port.port, target));
  }
  for (const ip of port.externalIps) {
    if (reach.any) nat.add('KUBE-SERVICES', ...to(ip, `${name} external IP`, port.port, `-j ${external}`));
    if (!outside) filter.add('KUBE-EXTERNAL-SERVICES', ...to(ip, why, port.port, target));
  }
  const firewall = serviceChain('FW', port);
  for (const ip of port.loadBalancerIps) {
    const chain = port.sourceRanges.length > 0 ? firewall : external;
    if (reach.any) nat.add('KUBE-SERVICES', ...to(ip, `${name} loadbalancer IP`, port.port, `-j ${chain}`));
    if (reach.any && chain === firewall)
      filter.add(
        'KUBE-PROXY-FIREWALL',
        ...to(ip, `${name} traffic not accepted by ${firewall}`, port.port, '-j DROP'),
      );
    if (!outside) filter.add('KUBE-EXTERNAL-SERVICES', ...to(ip, why, port.port, target));
  }
  const dport = `-m ${protocol} --dport`;
  if (port.nodePort !== 0) {
    const at = `${dport} ${port.nodePort}`;
    if (reach.any) nat.add('KUBE-NODEPORTS', `-p ${protocol}`, comment(name), at, `-j ${external}`);
    if (!outside)
      filter.add(
        'KUBE-EXTERNAL-SERVICES',
        `-p ${protocol}`,
        '-m addrtype --dst-type LOCAL',
        comment(why),
        at,
        target,
      );
  }
  if (port.healthCheckNodePort !== 0)
    filter.add(
      'KUBE-NODEPORTS',
      '-p tcp',
      comment(`${name} health check node port`),
      `-m tcp --dport ${port.healthCheckNodePort} -j ACCEPT`,
    );
}

function serviceChains(nat: IptablesTable, port: ServicePort, reach: Reach): void {
  const { name } = port;
  if (!reach.any) return;
  const protocol = port.protocol.toLowerCase();
  const cluster = serviceChain('SVC', port);
  const local = serviceChain('SVL', port);
  const inside = port.internalLocal ? local : cluster;
  if (!port.internalLocal || reach.local.length > 0)
    for (const ip of port.clusterIps)
      nat.add(
        inside,
        `! -s ${clusterPodRange} -d ${ip}/32 -p ${protocol}`,
        comment(`${name} cluster IP`),
        `-m ${protocol} --dport ${port.port} -j KUBE-MARK-MASQ`,
      );
  if (isExternal(port)) externalChains(nat, port, reach);
  if (reach.cluster.length > 0) choices(nat, cluster, port, reach.cluster);
  if (usesLocal(port) && reach.local.length > 0) choices(nat, local, port, reach.local);
}

function externalChains(nat: IptablesTable, port: ServicePort, reach: Reach): void {
  const { name } = port;
  const external = serviceChain('EXT', port);
  const cluster = serviceChain('SVC', port);
  if (port.externalLocal) {
    const about = (what: string) => comment(`${what} for ${name} external destinations`);
    const here = '-m addrtype --src-type LOCAL';
    nat.add(external, `-s ${clusterPodRange}`, about('pod traffic'), `-j ${cluster}`);
    nat.add(external, about('masquerade LOCAL traffic'), here, '-j KUBE-MARK-MASQ');
    nat.add(external, about('route LOCAL traffic'), here, `-j ${cluster}`);
    if (reach.local.length > 0) nat.add(external, `-j ${serviceChain('SVL', port)}`);
  } else {
    nat.add(external, comment(`masquerade traffic for ${name} external destinations`), '-j KUBE-MARK-MASQ');
    nat.add(external, `-j ${cluster}`);
  }
  if (port.loadBalancerIps.length === 0 || port.sourceRanges.length === 0) return;
  const firewall = serviceChain('FW', port);
  for (const range of port.sourceRanges)
    nat.add(firewall, `-s ${range}`, comment(`${name} loadbalancer IP`), `-j ${external}`);
  nat.add(firewall, comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`));
}

/** The first with 1 in n, the next with 1 in n-1…: each as likely as the others. */
function choices(nat: IptablesTable, chain: string, port: ServicePort, endpoints: readonly Endpoint[]): void {
  const { affinitySeconds } = port;
  const arrow = (endpoint: Endpoint) => comment(`${port.name} -> ${endpointName(endpoint)}`);
  if (affinitySeconds !== undefined)
    for (const endpoint of endpoints) {
      const target = endpointChain(port, endpointName(endpoint));
      nat.add(
        chain,
        arrow(endpoint),
        `-m recent --rcheck --seconds ${affinitySeconds} --reap --name ${target} --mask 255.255.255.255 --rsource`,
        `-j ${target}`,
      );
    }
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i;
    const target = endpointChain(port, endpointName(endpoint));
    nat.add(chain, arrow(endpoint), left > 1 ? probability(left) : '', `-j ${target}`);
  }
}

function endpointChains(nat: IptablesTable, port: ServicePort, reach: Reach): void {
  const protocol = port.protocol.toLowerCase();
  const local = usesLocal(port) ? reach.local : [];
  const all = new Map([...reach.cluster, ...local].map((endpoint) => [endpointName(endpoint), endpoint]));
  for (const [address, { ip }] of all) {
    const chain = endpointChain(port, address);
    const remember =
      port.affinitySeconds === undefined
        ? ''
        : `-m recent --set --name ${chain} --mask 255.255.255.255 --rsource`;
    nat.add(chain, `-s ${ip}/32`, comment(port.name), '-j KUBE-MARK-MASQ');
    nat.add(
      chain,
      `-p ${protocol}`,
      comment(port.name),
      remember,
      `-m ${protocol} -j DNAT --to-destination ${address}`,
    );
  }
}
