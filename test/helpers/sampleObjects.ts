/** A valid object of each built-in kind, without apiVersion, kind and namespace: by `plural.group`. */
const labels = { app: 'horno' };
const podSpec = { containers: [{ name: 'c', image: 'panaderia/horno:1.4' }] };
const template = { metadata: { labels }, spec: podSpec };
const workload = { selector: { matchLabels: labels }, template };
const jobTemplate = { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } };
const role = { apiGroup: 'rbac.authorization.k8s.io', name: 'r' };
const webhook = {
  name: 'w.panaderia.example.com',
  clientConfig: { url: 'https://localhost/w' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
/** A request for `CN=ana`, with a key of its own. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIRk1HMENBUUF3RGpFTU1Bb0dBMVVFQXd3RFlXNWhNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRApRZ0FFCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';

export const sampleObjects: { readonly [resource: string]: { readonly [key: string]: unknown } } = {
  pods: { spec: podSpec },
  podtemplates: { template },
  replicationcontrollers: { spec: { selector: labels, template } },
  nodes: {},
  namespaces: {},
  configmaps: { data: { a: 'b' } },
  secrets: { stringData: { a: 'b' } },
  serviceaccounts: {},
  services: { spec: { ports: [{ port: 80 }] } },
  endpoints: {},
  events: {
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'Horneado',
    type: 'Normal',
  },
  resourcequotas: { spec: { hard: { pods: '100' } } },
  limitranges: { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
  persistentvolumes: {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/masa' },
    },
  },
  persistentvolumeclaims: {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  'deployments.apps': { spec: workload },
  'replicasets.apps': { spec: workload },
  'statefulsets.apps': { spec: { ...workload, serviceName: 's' } },
  'daemonsets.apps': { spec: workload },
  'controllerrevisions.apps': { revision: 1, data: { a: 'b' } },
  'jobs.batch': jobTemplate,
  'cronjobs.batch': { spec: { schedule: '0 5 * * *', jobTemplate } },
  'horizontalpodautoscalers.autoscaling': {
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
  },
  'ingresses.networking.k8s.io': {
    spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
  },
  'ingressclasses.networking.k8s.io': { spec: { controller: 'panaderia.example.com/puerta' } },
  'networkpolicies.networking.k8s.io': { spec: { podSelector: {} } },
  'poddisruptionbudgets.policy': { spec: { minAvailable: 1, selector: { matchLabels: labels } } },
  'roles.rbac.authorization.k8s.io': { rules: [] },
  'clusterroles.rbac.authorization.k8s.io': { rules: [] },
  'rolebindings.rbac.authorization.k8s.io': { roleRef: { ...role, kind: 'Role' } },
  'clusterrolebindings.rbac.authorization.k8s.io': { roleRef: { ...role, kind: 'ClusterRole' } },
  'storageclasses.storage.k8s.io': { provisioner: 'panaderia.example.com/horno' },
  'csinodes.storage.k8s.io': { spec: { drivers: [] } },
  'csidrivers.storage.k8s.io': { spec: {} },
  'csistoragecapacities.storage.k8s.io': { storageClassName: 'lenta' },
  'volumeattachments.storage.k8s.io': {
    spec: { attacher: 'panaderia.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } },
  },
  'endpointslices.discovery.k8s.io': { addressType: 'IPv4', endpoints: [] },
  'leases.coordination.k8s.io': { spec: { holderIdentity: 'ana' } },
  'priorityclasses.scheduling.k8s.io': { value: 10 },
  'runtimeclasses.node.k8s.io': { handler: 'runc' },
  'flowschemas.flowcontrol.apiserver.k8s.io': {
    spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 500 },
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } } },
  },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
        ],
      },
      validations: [{ expression: 'true' }],
    },
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    spec: { policyName: 'p', validationActions: ['Deny'] },
  },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [webhook] },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [webhook] },
  'certificatesigningrequests.certificates.k8s.io': {
    spec: { request, signerName: 'panaderia.example.com/horno', usages: ['client auth'] },
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    spec: {
      group: 'panaderia.example.com',
      scope: 'Namespaced',
      names: { plural: 'muestras', kind: 'Muestra' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  },
  'apiservices.apiregistration.k8s.io': {
    spec: {
      group: 'otra.example.com',
      version: 'v1',
      groupPriorityMinimum: 10,
      versionPriority: 10,
    },
  },
};
