import { type Story, scopeWarning } from '../matrix.ts';

export const changeStories: readonly Story[] = [
  {
    title: 'label, annotate, patch, set, edit',
    commands: [
      { run: 'create deployment web --image=nginx:1.27' },
      {
        run: 'label deploy web turno=dia',
        out: 'deployment.apps/web labeled',
        leaves: { 'deploy web': { metadata: { labels: { turno: 'dia' }, generation: 1 } } },
      },
      { run: 'label deploy web turno=dia', out: 'deployment.apps/web not labeled' },
      {
        run: 'label deploy web turno=noche',
        exit: 1,
        err: "error: 'turno' already has a value (dia), and --overwrite is false",
      },
      { run: 'label deploy web turno=noche --overwrite', out: 'deployment.apps/web labeled' },
      { run: 'label deploy web turno-', out: 'deployment.apps/web unlabeled' },
      { run: 'label deploy web nada-', out: 'label "nada" not found.\ndeployment.apps/web not labeled' },
      {
        run: 'annotate deploy web nota=hola',
        out: (minor) => (minor < 28 ? 'deployment.apps/web annotate' : 'deployment.apps/web annotated'),
        leaves: { 'deploy web': { metadata: { annotations: { nota: 'hola' } } } },
      },
      {
        run: ['patch', 'deploy', 'web', '-p', '{"spec":{"replicas":4}}'],
        out: 'deployment.apps/web patched',
        leaves: { 'deploy web': { metadata: { generation: 3 }, spec: { replicas: 4 } } },
      },
      {
        run: ['patch', 'deploy', 'web', '-p', '{"spec":{"replicas":4}}'],
        out: 'deployment.apps/web patched (no change)',
      },
      {
        run: ['patch', 'deploy', 'web', '--type=merge', '-p', '{"spec":{"paused":true}}'],
        out: 'deployment.apps/web patched',
        leaves: { 'deploy web': { spec: { paused: true } } },
      },
      {
        run: ['patch', 'deploy', 'web', '--type=json', '-p', '[{"op":"remove","path":"/spec/paused"}]'],
        out: 'deployment.apps/web patched',
      },
      {
        run: [
          'patch',
          'deploy',
          'web',
          '-p',
          '{"spec":{"template":{"spec":{"containers":[{"name":"lado","image":"busybox"}]}}}}',
        ],
        out: 'deployment.apps/web patched',
        leaves: {
          'deploy web': {
            spec: { template: { spec: { containers: [{ name: 'lado' }, { name: 'nginx' }] } } },
          },
        },
      },
      {
        run: ['patch', 'deploy', 'web', '-p', '{"spec":{"replicas":"x"}}'],
        exit: 1,
        err: /^(The request is invalid|Error from server \(BadRequest\)): /,
      },
      {
        run: ['patch', 'deploy', 'web', '-p', '{"spec":{"selector":{"matchLabels":{"app":"otra"}}}}'],
        exit: 1,
        err: /^The Deployment "web" is invalid: (\n\* )?[\s\S]*field is immutable/,
      },
      {
        run: 'set image deploy/web nginx=nginx:1.28',
        out: 'deployment.apps/web image updated',
        leaves: {
          'deploy web': { spec: { template: { spec: { containers: [{}, { image: 'nginx:1.28' }] } } } },
        },
      },
      {
        run: 'set image deploy/web nada=nginx',
        exit: 1,
        err: 'error: unable to find container named "nada"',
      },
      { run: 'set env deploy/web COLOR=azul', out: 'deployment.apps/web env updated' },
      { run: 'set env deploy/web --list', out: /COLOR=azul/ },
      {
        run: 'set resources deploy/web -c=nginx --limits=cpu=200m,memory=64Mi',
        out: 'deployment.apps/web resource requirements updated',
      },
      { run: 'set serviceaccount deploy/web default', out: 'deployment.apps/web serviceaccount updated' },
      {
        run: 'scale deploy web --replicas=2',
        out: 'deployment.apps/web scaled',
        leaves: { 'deploy web': { spec: { replicas: 2 } } },
      },
      {
        run: 'scale deploy web --replicas=3 --current-replicas=9',
        exit: 1,
        err: 'error: Expected replicas to be 9, was 2',
      },
      { run: 'scale deploy web --replicas=3 --current-replicas=2', out: 'deployment.apps/web scaled' },
      { run: 'rollout pause deploy/web', out: 'deployment.apps/web paused' },
      { run: 'rollout pause deploy/web', exit: 1, err: 'error: deployments.apps "web" is already paused' },
      { run: 'rollout resume deploy/web', out: 'deployment.apps/web resumed' },
      { run: 'rollout restart deploy/web', out: 'deployment.apps/web restarted' },
      {
        run: 'edit deploy web',
        env: { KUBE_EDITOR: 'sed -i s/replicas:\\ 3/replicas:\\ 6/' },
        out: 'deployment.apps/web edited',
        leaves: { 'deploy web': { spec: { replicas: 6 } } },
      },
      {
        run: 'edit deploy web',
        env: { KUBE_EDITOR: 'true' },
        out: '',
        err: 'Edit cancelled, no changes made.',
      },
      {
        run: 'wait --for=jsonpath={.spec.replicas}=6 deploy/web --timeout=5s',
        out: 'deployment.apps/web condition met',
      },
      {
        run: 'wait --for=condition=Available deploy/web --timeout=1s',
        exit: 1,
        err: /^error: timed out waiting for the condition on deployments\/web$/,
      },
      { run: 'wait --for=delete pod/nada --timeout=1s', out: '' },
      {
        run: 'wait --for=condition=Ready pod/nada --timeout=1s',
        exit: 1,
        err: 'Error from server (NotFound): pods "nada" not found',
      },
    ],
  },
  {
    title: 'nodes',
    files: { 'nodo.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: bandeja}\n' },
    commands: [
      { run: 'create -f nodo.yaml', out: 'node/bandeja created' },
      { run: 'taint node bandeja horno=caliente:NoSchedule', out: 'node/bandeja tainted' },
      {
        run: 'taint node bandeja horno=frio:NoSchedule',
        exit: 1,
        err: /^error: node bandeja already has horno taint\(s\) with same effect\(s\) and --overwrite is false$/,
      },
      { run: 'taint node bandeja horno-', out: 'node/bandeja untainted' },
      {
        run: 'cordon bandeja',
        out: 'node/bandeja cordoned',
        leaves: { 'node bandeja': { spec: { unschedulable: true } } },
      },
      { run: 'cordon bandeja', out: 'node/bandeja already cordoned' },
      { run: 'uncordon bandeja', out: 'node/bandeja uncordoned' },
      { run: 'drain bandeja', out: 'node/bandeja cordoned\nnode/bandeja drained' },
      {
        run: 'get nodes',
        out: /^NAME +STATUS +ROLES +AGE +VERSION\nbandeja +Unknown,SchedulingDisabled +<none> +(?:\d+[ms])+ +$/,
      },
      { run: 'describe node bandeja', out: /^Name: +bandeja\nRoles: +<none>\n/ },
      { run: 'delete node bandeja', out: 'node "bandeja" deleted', err: scopeWarning },
    ],
  },
  {
    title: 'who may do what',
    commands: [
      { run: 'auth can-i create pods', out: 'yes' },
      { run: 'auth can-i list pods --as=ana', exit: 1, out: 'no' },
      {
        run: 'get pods --as=ana',
        exit: 1,
        err: /^Error from server \(Forbidden\): pods is forbidden: User "ana" cannot list resource "pods" in API group "" in the namespace "\S+"$/,
      },
      { run: 'create role lector --verb=list --resource=pods' },
      { run: 'create rolebinding lee --role=lector --user=ana' },
      { run: 'auth can-i list pods --as=ana', out: 'yes' },
      { run: 'get pods --as=ana', err: /^No resources found in \S+ namespace\.$/ },
      {
        run: 'auth can-i --list --as=ana',
        out: /^Resources +Non-Resource URLs +Resource Names +Verbs\n[\s\S]*pods +\[\] +\[\] +\[list\]/,
      },
      { run: 'auth whoami', out: /Username +kubernetes-admin/, since: 28 },
      {
        run: 'auth whoami --as=ana --as-group=panaderas',
        out: /Username +ana[\s\S]*Groups +\[panaderas system:authenticated\]/,
        since: 28,
      },
      {
        run: 'auth reconcile -n default -f -',
        stdin:
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: otro, namespace: default}\nrules:\n- {apiGroups: [""], resources: [pods], verbs: [get]}\n',
        out: /role\.rbac\.authorization\.k8s\.io\/otro reconciled/,
        // What it had to change goes to stderr.
        err: /^\treconciliation required create\n\tmissing rules added:\n/,
      },
    ],
  },
  {
    title: "kinds of one's own",
    files: {
      'crd.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: panes.horno.example}
spec:
  group: horno.example
  scope: Namespaced
  names: {plural: panes, singular: pan, kind: Pan, shortNames: [pn]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.piezas, statusReplicasPath: .status.piezas}}
    additionalPrinterColumns:
    - {name: Precio, type: number, jsonPath: .spec.precio}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: Lo que se hornea.
            required: [precio]
            properties:
              precio: {type: number, minimum: 0}
              piezas: {type: integer, default: 1}
              harina: {type: string, enum: [trigo, centeno]}
          status: {type: object, properties: {piezas: {type: integer}}}
`,
      'barra.yaml':
        'apiVersion: horno.example/v1\nkind: Pan\nmetadata: {name: barra}\nspec: {precio: 1.2, harina: trigo}\n',
      'mala.yaml':
        'apiVersion: horno.example/v1\nkind: Pan\nmetadata: {name: mala}\nspec: {precio: -1, harina: arroz}\n',
    },
    commands: [
      {
        run: 'apply -f crd.yaml',
        out: 'customresourcedefinition.apiextensions.k8s.io/panes.horno.example created',
      },
      {
        run: 'wait --for=condition=Established crd/panes.horno.example --timeout=5s',
        out: 'customresourcedefinition.apiextensions.k8s.io/panes.horno.example condition met',
      },
      {
        run: 'apply -f barra.yaml',
        out: 'pan.horno.example/barra created',
        leaves: {
          'pan barra': { spec: { precio: 1.2, piezas: 1, harina: 'trigo' }, metadata: { generation: 1 } },
        },
      },
      {
        run: 'apply -f mala.yaml',
        exit: 1,
        err: /^The Pan "mala" is invalid: \n(?=[\s\S]*\* spec\.harina: Unsupported value: "arroz": supported values: "trigo", "centeno")[\s\S]*\* spec\.precio: Invalid value: -1(\.0)?: spec\.precio in body should be greater than or equal to 0/,
      },
      { run: 'get pn', out: /^NAME {4}PRECIO\nbarra {3}1\.2$/ },
      { run: 'explain pan.spec', out: /Lo que se hornea\./ },
      {
        run: 'scale pan barra --replicas=4',
        out: 'pan.horno.example/barra scaled',
        leaves: { 'pan barra': { spec: { piezas: 4 } } },
      },
      {
        run: ['patch', 'pan', 'barra', '--type=merge', '-p', '{"spec":{"precio":2}}'],
        out: 'pan.horno.example/barra patched',
      },
      {
        run: 'apply --server-side --force-conflicts -f barra.yaml',
        out: 'pan.horno.example/barra serverside-applied',
      },
      { run: 'label pan barra tipo=larga', out: 'pan.horno.example/barra labeled' },
      {
        run: 'delete crd panes.horno.example',
        out: 'customresourcedefinition.apiextensions.k8s.io "panes.horno.example" deleted',
        err: scopeWarning,
      },
      {
        run: 'get pan',
        exit: 1,
        err: /^(Error from server \(NotFound\): Unable to list "horno\.example\/v1, Resource=panes"|error: the server doesn't have a resource type "pan")/,
      },
    ],
  },
];
