import type { Story } from '../matrix.ts';

const recipe = `apiVersion: v1
kind: ConfigMap
metadata:
  name: receta
data:
  harina: "500"
`;

const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: 80
`;

const lastApplied600 =
  '{"apiVersion":"v1","data":{"harina":"600"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"receta","namespace":"caso-0"}}\n';

function deploymentWeb(replicas: number): unknown {
  return { spec: { replicas, selector: { matchLabels: { app: 'web' } } } };
}

export const applyStories: readonly Story[] = [
  {
    title: 'apply from the client',
    files: {
      'receta.yaml': recipe,
      'dos.yaml': recipe.replace('"500"', '"600"'),
      'web.yaml': web,
      'todo/receta.yaml': recipe,
      'todo/web.yaml': web,
    },
    commands: [
      { run: 'apply -f receta.yaml', out: 'configmap/receta created' },
      { run: 'apply -f receta.yaml', out: 'configmap/receta unchanged' },
      { run: 'diff -f receta.yaml', out: '' },
      { run: 'diff -f dos.yaml', exit: 1, out: /-\s+harina: "500"\n\+\s+harina: "600"/ },
      {
        run: 'apply -f dos.yaml --dry-run=server',
        out: 'configmap/receta configured (server dry run)',
        leaves: { 'cm receta': { data: { harina: '500' } } },
      },
      {
        run: 'apply -f dos.yaml',
        out: 'configmap/receta configured',
        leaves: {
          'cm receta': {
            data: { harina: '600' },
            metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied600 } },
          },
        },
      },
      {
        run: 'apply -f web.yaml',
        out: 'deployment.apps/web created',
        leaves: { 'deploy web': deploymentWeb(2) },
      },
      {
        run: 'scale deploy/web --replicas=5',
        out: 'deployment.apps/web scaled',
        leaves: { 'deploy web': deploymentWeb(5) },
      },
      { run: 'apply -f todo', out: 'configmap/receta configured\ndeployment.apps/web configured' },
      { run: 'apply view-last-applied cm/receta', out: /^apiVersion: v1\ndata:\n {2}harina: "500"/ },
      {
        run: 'apply -f -',
        stdin: recipe.replace('\ndata:', '\ndato:'),
        exit: 1,
        err: /^Error from server \(BadRequest\): error when creating "STDIN"|^Error from server \(BadRequest\): error when applying patch|unknown field "dato"/,
      },
      {
        run: 'apply -f nada.yaml',
        exit: 1,
        err: 'error: the path "nada.yaml" does not exist',
      },
      {
        run: 'delete -f todo',
        out: (minor) =>
          minor >= 34
            ? /^configmap "receta" deleted from \S+ namespace\ndeployment\.apps "web" deleted from \S+ namespace$/
            : 'configmap "receta" deleted\ndeployment.apps "web" deleted',
        removes: ['cm receta', 'deploy web'],
      },
    ],
  },
  {
    title: 'apply in the server',
    files: { 'web.yaml': web, 'web3.yaml': web.replace('replicas: 2', 'replicas: 3') },
    commands: [
      {
        run: 'apply --server-side -f web.yaml',
        out: 'deployment.apps/web serverside-applied',
        leaves: { 'deploy web': deploymentWeb(2) },
      },
      { run: 'apply --server-side -f web.yaml', out: 'deployment.apps/web serverside-applied' },
      { run: 'scale deploy/web --replicas=7', out: 'deployment.apps/web scaled' },
      {
        run: 'apply --server-side -f web3.yaml',
        exit: 1,
        err: /^error: Apply failed with 1 conflict: conflict with "kubectl(-scale)?"( with subresource "scale")? using apps\/v1: \.spec\.replicas\n/,
        leaves: { 'deploy web': deploymentWeb(7) },
      },
      {
        run: 'apply --server-side --force-conflicts -f web3.yaml',
        out: 'deployment.apps/web serverside-applied',
        leaves: { 'deploy web': deploymentWeb(3) },
      },
      {
        run: 'apply --server-side --field-manager=otra -f web3.yaml',
        out: 'deployment.apps/web serverside-applied',
      },
      { run: 'get deploy web -o yaml --show-managed-fields', out: /manager: otra\n/ },
    ],
  },
  {
    title: 'kustomize',
    files: {
      'kustomization.yaml':
        'resources: [receta.yaml]\nnamePrefix: gran-\nlabels:\n- pairs: {equipo: horno}\n',
      'receta.yaml': recipe,
    },
    commands: [
      {
        run: 'kustomize .',
        out: /^apiVersion: v1\ndata:\n {2}harina: "500"\nkind: ConfigMap\nmetadata:\n {2}labels:\n {4}equipo: horno\n {2}name: gran-receta$/,
      },
      {
        run: 'apply -k .',
        out: 'configmap/gran-receta created',
        leaves: { 'cm gran-receta': { metadata: { labels: { equipo: 'horno' } }, data: { harina: '500' } } },
      },
      { run: 'get -k . -o name', out: 'configmap/gran-receta' },
    ],
  },
];
