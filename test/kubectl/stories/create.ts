import { type Story, scopeWarning } from '../matrix.ts';

const deleted = (kind: string, name: string) => (minor: number) =>
  minor >= 34
    ? new RegExp(`^${kind} "${name}" deleted( from \\S+ namespace)?$`)
    : `${kind} "${name}" deleted`;

/** Generators send protobuf from 1.32 on, and JSON before: what they leave must be the same. */
export const createStories: readonly Story[] = [
  {
    title: 'create what it knows how to make',
    files: {
      'tapa.txt': 'masa\n',
      'pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: solo}\nspec:\n  containers: [{name: c, image: nginx}]\n',
    },
    commands: [
      {
        run: 'create deployment web --image=nginx:1.27 --replicas=3 --port=8080',
        out: 'deployment.apps/web created',
        leaves: {
          'deploy web': {
            metadata: { labels: { app: 'web' }, generation: 1 },
            spec: {
              replicas: 3,
              selector: { matchLabels: { app: 'web' } },
              template: {
                spec: {
                  containers: [
                    {
                      name: 'nginx',
                      image: 'nginx:1.27',
                      ports: [{ containerPort: 8080, protocol: 'TCP' }],
                      resources: {},
                    },
                  ],
                },
              },
            },
          },
        },
      },
      {
        run: 'create deployment web --image=nginx',
        exit: 1,
        err: 'error: failed to create deployment: deployments.apps "web" already exists',
      },
      {
        run: 'create configmap receta --from-literal=harina=500 --from-file=tapa.txt',
        out: 'configmap/receta created',
        leaves: { 'cm receta': { data: { harina: '500', 'tapa.txt': 'masa\n' } } },
      },
      {
        run: 'create secret generic clave --from-literal=pin=1234',
        out: 'secret/clave created',
        leaves: { 'secret clave': { type: 'Opaque', data: { pin: 'MTIzNA==' } } },
      },
      {
        run: 'create secret docker-registry tienda --docker-server=t.example --docker-username=u --docker-password=p',
        out: 'secret/tienda created',
        leaves: { 'secret tienda': { type: 'kubernetes.io/dockerconfigjson' } },
      },
      {
        run: 'create serviceaccount robot',
        out: 'serviceaccount/robot created',
        leaves: { 'sa robot': { kind: 'ServiceAccount' } },
      },
      {
        run: 'create job amasar --image=busybox:1.37 -- sh -c true',
        out: 'job.batch/amasar created',
        leaves: {
          'job amasar': {
            spec: {
              completions: 1,
              parallelism: 1,
              template: { spec: { restartPolicy: 'Never', containers: [{ command: ['sh', '-c', 'true'] }] } },
            },
          },
        },
      },
      {
        run: ['create', 'cronjob', 'diario', '--image=busybox:1.37', '--schedule=0 6 * * *', '--', 'date'],
        out: 'cronjob.batch/diario created',
        leaves: { 'cronjob diario': { spec: { schedule: '0 6 * * *', concurrencyPolicy: 'Allow' } } },
      },
      {
        run: 'create job ahora --from=cronjob/diario',
        out: 'job.batch/ahora created',
        leaves: {
          'job ahora': { metadata: { annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' } } },
        },
      },
      {
        run: 'create service clusterip caja --tcp=80:8080',
        out: 'service/caja created',
        leaves: {
          'svc caja': {
            spec: {
              type: 'ClusterIP',
              ports: [{ name: '80-8080', port: 80, targetPort: 8080, protocol: 'TCP' }],
            },
          },
        },
      },
      {
        run: 'create service nodeport puerta --tcp=80',
        out: 'service/puerta created',
        leaves: { 'svc puerta': { spec: { type: 'NodePort' } } },
      },
      {
        run: 'create service externalname fuera --external-name=e.example',
        out: 'service/fuera created',
        leaves: { 'svc fuera': { spec: { type: 'ExternalName', externalName: 'e.example' } } },
      },
      {
        run: 'create service loadbalancer calle --tcp=80',
        out: 'service/calle created',
        leaves: { 'svc calle': { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } } },
      },
      {
        run: 'create ingress escaparate --rule=pan.example/*=caja:80',
        out: 'ingress.networking.k8s.io/escaparate created',
        leaves: {
          'ingress escaparate': {
            spec: { rules: [{ host: 'pan.example', http: { paths: [{ pathType: 'Prefix', path: '/' }] } }] },
          },
        },
      },
      {
        run: 'create quota tope --hard=pods=9,services=9',
        out: 'resourcequota/tope created',
        leaves: { 'quota tope': { spec: { hard: { pods: '9', services: '9' } } } },
      },
      {
        run: 'create pdb minimo --selector=app=web --min-available=1',
        out: 'poddisruptionbudget.policy/minimo created',
        leaves: { 'pdb minimo': { spec: { minAvailable: 1 } } },
      },
      {
        run: 'create role lector --verb=get,list --resource=pods,deployments.apps',
        out: 'role.rbac.authorization.k8s.io/lector created',
        leaves: {
          'role lector': {
            rules: [
              { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
              { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] },
            ],
          },
        },
      },
      {
        run: 'create rolebinding lee --role=lector --serviceaccount=caso-x:robot --user=ana',
        out: 'rolebinding.rbac.authorization.k8s.io/lee created',
        leaves: { 'rolebinding lee': { roleRef: { kind: 'Role', name: 'lector' } } },
      },
      {
        run: 'create clusterrole mirar --verb=get --resource=nodes',
        out: 'clusterrole.rbac.authorization.k8s.io/mirar created',
      },
      {
        run: 'create clusterrolebinding miran --clusterrole=mirar --group=aprendices',
        out: 'clusterrolebinding.rbac.authorization.k8s.io/miran created',
      },
      {
        run: 'create priorityclass urgente --value=1000 --description=primero',
        out: 'priorityclass.scheduling.k8s.io/urgente created',
        leaves: { 'priorityclass urgente': { value: 1000, preemptionPolicy: 'PreemptLowerPriority' } },
      },
      { run: 'create token robot --duration=1h', out: /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/ },
      {
        run: 'create -f pod.yaml',
        out: 'pod/solo created',
        leaves: { 'pod solo': { status: { phase: 'Pending', qosClass: 'BestEffort' } } },
      },
      {
        run: 'create -f pod.yaml',
        exit: 1,
        err: 'Error from server (AlreadyExists): error when creating "pod.yaml": pods "solo" already exists',
      },
      {
        run: 'replace -f pod.yaml --force --grace-period=0',
        out: /pod "solo" (force )?deleted[^\n]*\npod\/solo replaced/,
        err: /^(Warning: Immediate deletion does not wait[^\n]*)?$/,
      },
      {
        run: 'autoscale deploy web --min=2 --max=5 --cpu-percent=70',
        out: 'horizontalpodautoscaler.autoscaling/web autoscaled',
        err: /^(Flag --cpu-percent has been deprecated[^\n]*)?$/,
        leaves: { 'hpa web': { spec: { minReplicas: 2, maxReplicas: 5 } } },
      },
      {
        run: 'expose deploy web --port=80',
        out: 'service/web exposed',
        leaves: { 'svc web': { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 80 }] } } },
      },
      {
        run: 'run curioso --image=busybox:1.37 --restart=Never --labels=a=b -- sleep 5',
        out: 'pod/curioso created',
        leaves: {
          'pod curioso': {
            metadata: { labels: { a: 'b' } },
            spec: { restartPolicy: 'Never', containers: [{ args: ['sleep', '5'] }] },
          },
        },
      },
      { run: 'delete pod curioso --now', out: deleted('pod', 'curioso'), removes: ['pod curioso'] },
      {
        run: 'delete job amasar --cascade=orphan',
        out: deleted('job.batch', 'amasar'),
        removes: ['job amasar'],
      },
      {
        run: 'delete deploy web --cascade=foreground',
        out: deleted('deployment.apps', 'web'),
        removes: ['deploy web'],
      },
      {
        run: 'delete clusterrolebinding miran',
        out: 'clusterrolebinding.rbac.authorization.k8s.io "miran" deleted',
        err: scopeWarning,
      },
      {
        run: 'delete clusterrole mirar',
        out: 'clusterrole.rbac.authorization.k8s.io "mirar" deleted',
        err: scopeWarning,
      },
      {
        run: 'delete priorityclass urgente',
        out: 'priorityclass.scheduling.k8s.io "urgente" deleted',
        err: scopeWarning,
      },
      { run: 'delete cm nada', exit: 1, err: 'Error from server (NotFound): configmaps "nada" not found' },
      { run: 'delete cm nada --ignore-not-found', out: '' },
      { run: 'delete secret --all', out: /secret "clave" deleted/ },
    ],
  },
];
