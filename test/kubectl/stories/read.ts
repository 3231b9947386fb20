import { type Story, skewWarning } from '../matrix.ts';

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: pan
  labels: {app: pan, turno: noche}
spec:
  containers:
  - name: horno
    image: nginx:1.27
    resources: {requests: {cpu: 100m, memory: 64Mi}}
`;

export const readStories: readonly Story[] = [
  {
    title: 'get in every form',
    files: { 'pan.yaml': pod },
    commands: [
      { run: 'get pods', err: /^No resources found in \S+ namespace\.$/, out: '' },
      { run: 'create -f pan.yaml', out: 'pod/pan created' },
      {
        run: 'get pods',
        out: /^NAME {3}READY {3}STATUS {4}RESTARTS {3}AGE\npan {4}0\/1 {5}Pending {3}0 {10}(?:\d+[ms])+$/,
      },
      { run: 'get po pan --no-headers', out: /^pan {3}0\/1 {3}Pending {3}0 {5}(?:\d+[ms])+$/ },
      {
        run: 'get pods -o wide',
        out: /NOMINATED NODE {3}READINESS GATES\npan .*<none> {3}<none> {3}<none> {11}<none>$/,
      },
      { run: 'get pods --show-labels', out: /LABELS\npan .* app=pan,turno=noche$/ },
      { run: 'get pods -L turno', out: /TURNO\npan .* noche$/ },
      { run: 'get pods -l app=pan,turno!=dia -o name', out: 'pod/pan' },
      { run: ['get', 'pods', '-l', 'app in (pan, bollo)', '-o', 'name'], out: 'pod/pan' },
      { run: 'get pods -l app=nada -o name', out: '' },
      { run: 'get pods --field-selector status.phase=Pending -o name', out: 'pod/pan' },
      {
        run: 'get pods --field-selector spec.nada=1',
        exit: 1,
        err: /^Error from server \(BadRequest\): Unable to find "\/v1, Resource=pods" that match label selector "", field selector "spec\.nada=1": field label not supported: spec\.nada$/,
      },
      { run: 'get pod pan -o jsonpath={.spec.containers[0].image}', out: 'nginx:1.27' },
      { run: 'get pod pan -o go-template={{.metadata.name}}', out: 'pan' },
      {
        run: 'get pod pan -o custom-columns=N:.metadata.name,F:.status.phase',
        out: 'N     F\npan   Pending',
      },
      {
        run: 'get pod pan -o yaml',
        out: /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}creationTimestamp: "[^"]+"\n {2}labels:\n {4}app: pan\n/,
      },
      { run: 'get pod pan -o json', out: /^\{\n {4}"apiVersion": "v1",\n {4}"kind": "Pod",/ },
      { run: 'get pods,svc -o name', out: 'pod/pan' },
      { run: 'get all', out: /^NAME +READY +STATUS +RESTARTS +AGE\npod\/pan / },
      { run: 'get pods --sort-by=.metadata.name', out: /^NAME/ },
      { run: 'get pods -A --field-selector metadata.name=pan -o name', out: 'pod/pan' },
      { run: 'get pod nada', exit: 1, err: 'Error from server (NotFound): pods "nada" not found' },
      { run: 'get pod nada --ignore-not-found', out: '' },
      { run: 'get cosas', exit: 1, err: 'error: the server doesn\'t have a resource type "cosas"' },
      { run: 'get pods -w --request-timeout=1s', out: /^NAME[^\n]*\npan/, err: /^(Unable to decode|$)/ },
      { run: 'get --raw /healthz', out: 'ok' },
      { run: 'get --raw /readyz?verbose', out: /\[\+\]ping ok/ },
      { run: 'get --raw /api/v1/namespaces/default', out: /^\{"kind":"Namespace","apiVersion":"v1"/ },
      { run: 'get events', out: /.*/, err: /^(No resources found in \S+ namespace\.)?$/ },
      { run: 'events', out: /.*/, err: /^(No events found in \S+ namespace\.)?$/ },
      { run: 'get ns default', out: /^NAME {6}STATUS {3}AGE\ndefault {3}Active {3}(?:\d+[ms])+$/ },
      {
        run: 'get svc kubernetes -n default',
        out: /^NAME {9}TYPE {8}CLUSTER-IP {3}EXTERNAL-IP {3}PORT\(S\) {3}AGE\nkubernetes {3}ClusterIP {3}10\.0\.0\.1 {5}<none> {8}443\/TCP {3}(?:\d+[ms])+$/,
      },
    ],
  },
  {
    title: 'describe',
    files: { 'pan.yaml': pod },
    commands: [
      { run: 'create -f pan.yaml' },
      {
        run: 'describe pod pan',
        out: /^Name: {13}pan\nNamespace: {8}\S+\nPriority: {9}0\nService Account: {2}default\n[\s\S]*QoS Class: {19}Burstable\n/,
      },
      { run: 'create deployment web --image=nginx' },
      {
        run: 'describe deploy web',
        out: /^Name: {19}web\n[\s\S]*StrategyType: +RollingUpdate\n[\s\S]*Image: +nginx\n/,
      },
      { run: 'create service clusterip caja --tcp=80' },
      {
        run: 'describe svc caja',
        out: /^Name: +caja\n[\s\S]*Type: +ClusterIP\n[\s\S]*Port: +80 {2}80\/TCP\n/,
      },
      { run: 'create cm receta --from-literal=a=b' },
      { run: 'describe cm receta', out: /^Name: {9}receta\n[\s\S]*Data\n====\na:\n----\nb\n/ },
      { run: 'create secret generic clave --from-literal=a=b' },
      {
        run: 'describe secret clave',
        out: /^Name: {9}clave\n[\s\S]*Type: {2}Opaque\n\nData\n====\na: {2}1 bytes$/,
      },
      { run: 'create quota tope --hard=pods=9' },
      {
        run: 'wait --for=jsonpath={.status.used.pods}=2 quota/tope --timeout=60s',
        out: 'resourcequota/tope condition met',
      },
      {
        run: 'describe quota tope',
        out: /^Name: {7}tope\n[\s\S]*Resource {4}Used {2}Hard\n-{8} {4}-{4} {2}-{4}\npods {8}2 {5}9$/,
      },
      {
        run: 'describe ns default',
        out: /^Name: {9}default\nLabels: {7}kubernetes\.io\/metadata\.name=default\n/,
      },
      { run: 'describe sa default', out: /^Name: {16}default\n/ },
      {
        run: 'describe clusterrole view',
        out: /^Name: {9}view\n[\s\S]*PolicyRule:\n {2}Resources +Non-Resource URLs {2}Resource Names {2}Verbs\n/,
      },
      { run: 'describe pod nada', exit: 1, err: 'Error from server (NotFound): pods "nada" not found' },
    ],
  },
  {
    title: 'explain and discovery',
    commands: [
      {
        run: 'explain pod.spec.containers.image',
        out: /^KIND: +Pod\nVERSION: +v1\n\nFIELD: +image <string>\n\n*DESCRIPTION:\n {4} ?Container image name\./,
      },
      {
        run: 'explain deployment',
        out: /DESCRIPTION:\n {4} ?Deployment enables declarative updates for Pods and ReplicaSets\./,
      },
      { run: 'explain pods.spec.restartPolicy', out: /Always/ },
      { run: 'explain deploy --recursive', out: /\n +maxSurge\t<IntOrString>|maxSurge/ },
      { run: 'explain pod.spec.nada', exit: 1, err: 'error: field "nada" does not exist' },
      {
        run: 'api-resources --api-group=apps',
        out: /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\ncontrollerrevisions +apps\/v1 +true +ControllerRevision\ndaemonsets +ds +apps\/v1 +true +DaemonSet\n/,
      },
      { run: 'api-resources --namespaced=false -o name', out: /(^|\n)namespaces\nnodes\n/ },
      { run: 'api-versions', out: /^admissionregistration\.k8s\.io\/v1\napiextensions\.k8s\.io\/v1\n/ },
      { run: 'cluster-info', out: /Kubernetes control plane.* is running at/ },
      { run: 'version -o json', out: /"gitVersion": "v1\.32\.13"/, err: skewWarning },
      { run: 'config current-context', out: 'curso-k8s' },
      { run: 'config view --minify -o jsonpath={.contexts[0].context.user}', out: 'kubernetes-admin' },
    ],
  },
];
