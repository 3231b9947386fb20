import type { Endpoints } from '../api/core-v1.ts';
import type { EndpointSlice } from '../api/discovery-v1.ts';
import type { LabelSelector } from '../api/meta-v1.ts';
import type { Ingress, IngressClass, NetworkPolicy } from '../api/networking-v1.ts';
import { asKind } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

const shown = 3;

/** Three of them and how many more there are, `<unset>` when there are none. */
function listText(all: readonly string[], none: string): string {
  if (all.length === 0) return none;
  const list = all.slice(0, shown).join(',');
  return all.length > shown ? `${list} + ${all.length - shown} more...` : list;
}

/** Mirrors formatEndpoints. */
function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ ports = [], addresses = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip = '' }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
  return listText(all, '');
}

export const endpointsTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Endpoints',
      'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.',
    ),
    ageColumn,
  ],
  cells(object, now) {
    const endpoints = asKind<Endpoints>(object);
    const { metadata } = endpoints;
    return [metadata?.name ?? '', endpointsText(endpoints), ageSince(metadata?.creationTimestamp, now)];
  },
};

export const endpointSliceTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name.',
    ),
    column(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. When ports is empty, it indicates that there are no defined ports. When a port is defined with a nil port value, it indicates "all ports". Each slice may include a maximum of 100 ports.',
    ),
    column(
      'Endpoints',
      'endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.',
    ),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, addressType, ports, endpoints } = asKind<EndpointSlice>(object);
    return [
      metadata?.name ?? '',
      addressType ?? '',
      listText(
        (ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
        '<unset>',
      ),
      listText(
        (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        '<unset>',
      ),
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};

/** Mirrors formatHosts: rules without a host do not count among the three. */
function hostsText(rules: readonly { readonly host?: string | undefined }[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === shown) more = true;
    if (!more && host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - shown} more...` : hosts.join(',');
}

export const ingressTable: TableDefinition = {
  columns: [
    nameColumn,
    column('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'Ports of TLS configurations that open'),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec = {}, status } = asKind<Ingress>(object);
    const addresses = new Set(
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ''),
    );
    addresses.delete('');
    return [
      metadata?.name ?? '',
      spec.ingressClassName ?? '<none>',
      hostsText(spec.rules ?? []),
      [...addresses].sort().join(','),
      spec.tls?.length ? '80, 443' : '80',
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};

export const ingressClassTable: TableDefinition = {
  columns: [
    nameColumn,
    column('Controller', 'Controller that is responsible for handling this class'),
    column('Parameters', 'A reference to a resource with additional parameters'),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec = {} } = asKind<IngressClass>(object);
    const { parameters } = spec;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [
      metadata?.name ?? '',
      spec.controller ?? '',
      parameters === undefined ? '<none>' : `${parameters.kind}${group}/${parameters.name}`,
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};

/** `a=b,c in (d,e),!f`, `<none>` for the one that selects everything. Mirrors metav1.FormatLabelSelector. */
function selectorText(selector: LabelSelector | undefined): string {
  const parts: { key: string; text: string }[] = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]) => ({
      key,
      text: `${key}=${value}`,
    }),
  );
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`;
    const text =
      operator === 'In'
        ? `${key} in ${list}`
        : operator === 'NotIn'
          ? `${key} notin ${list}`
          : operator === 'Exists'
            ? key
            : `!${key}`;
    parts.push({ key, text });
  }
  if (parts.length === 0) return '<none>';
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}

export const networkPolicyTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Pod-Selector',
      'Selects the pods to which this NetworkPolicy object applies.  The array of ingress rules is applied to any pods selected by this field. Multiple network policies can select the same set of pods.  In this case, the ingress rules for each are combined additively. This field is NOT optional and follows standard label selector semantics. An empty podSelector matches all pods in this namespace.',
    ),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec } = asKind<NetworkPolicy>(object);
    return [
      metadata?.name ?? '',
      selectorText(spec?.podSelector),
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};
