import type { KubeObject } from '../kube/object.ts';
import { clusterDnsIp, clusterDomain } from './network/contract.ts';

type Made = KubeObject & { readonly [field: string]: unknown };

const name = 'coredns';
const namespace = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };

/** What kubeadm 1.32 leaves in `/etc/coredns/Corefile`. Ours answers as it says, whatever it is changed to. */
const corefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${clusterDomain}
       disable denial ${clusterDomain}
    }
    loop
    reload
    loadbalance
}
`;

/** The objects that kubeadm 1.32 installs CoreDNS with, by the resource each is of, in the order they are made. */
export function corednsObjects(): readonly { readonly plural: string; readonly object: Made }[] {
  const system = `system:${name}`;
  const readers = [
    { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ];
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { plural: 'configmaps', object: made('v1', 'ConfigMap', { data: { Corefile: corefile } }) },
    {
      plural: 'clusterroles',
      object: { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: system }, rules: readers },
    },
    {
      plural: 'clusterrolebindings',
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: system },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: system },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    },
    { plural: 'serviceaccounts', object: made('v1', 'ServiceAccount', {}) },
    { plural: 'deployments', object: made('apps/v1', 'Deployment', { spec: deployment() }, labels) },
    { plural: 'services', object: service() },
  ];
}

function made(
  apiVersion: string,
  kind: string,
  rest: object,
  withLabels?: { readonly [key: string]: string },
): Made {
  const metadata = { name, namespace, ...(withLabels === undefined ? {} : { labels: withLabels }) };
  return { apiVersion, kind, metadata, ...rest };
}

function service(): Made {
  const port = (portName: string, number: number, protocol: string) => ({
    name: portName,
    port: number,
    protocol,
    targetPort: number,
  });
  const metadata = {
    name: 'kube-dns',
    namespace,
    labels: { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
  };
  const ports = [port('dns', 53, 'UDP'), port('dns-tcp', 53, 'TCP'), port('metrics', 9153, 'TCP')];
  const spec = { clusterIP: clusterDnsIp, ports, selector: labels };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec };
}

function deployment() {
  return {
    replicas: 2,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: pod() },
  };
}

function pod() {
  const apart = {
    weight: 100,
    podAffinityTerm: {
      labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }] },
      topologyKey: 'kubernetes.io/hostname',
    },
  };
  return {
    priorityClassName: 'system-cluster-critical',
    serviceAccountName: name,
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart] } },
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    containers: [container()],
    dnsPolicy: 'Default',
    volumes: [{ name: 'config-volume', configMap: { name, items: [{ key: 'Corefile', path: 'Corefile' }] } }],
  };
}

function container() {
  const port = (portName: string, containerPort: number, protocol = 'TCP') => ({
    name: portName,
    containerPort,
    protocol,
  });
  const get = (path: string, portName: string) => ({ httpGet: { path, port: portName, scheme: 'HTTP' } });
  return {
    name,
    image: 'registry.k8s.io/coredns/coredns:v1.11.3',
    imagePullPolicy: 'IfNotPresent',
    resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
    args: ['-conf', '/etc/coredns/Corefile'],
    volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
    ports: [
      port('dns', 53, 'UDP'),
      port('dns-tcp', 53),
      port('metrics', 9153),
      port('liveness-probe', 8080),
      port('readiness-probe', 8181),
    ],
    livenessProbe: {
      ...get('/health', 'liveness-probe'),
      initialDelaySeconds: 60,
      timeoutSeconds: 5,
      successThreshold: 1,
      failureThreshold: 5,
    },
    readinessProbe: get('/ready', 'readiness-probe'),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
  };
}
