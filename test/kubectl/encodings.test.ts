import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';
import { type Kubectl, kubectlRequired, runKubectl, telltaleKubectls } from '../helpers/kubectls.ts';

/** From 1.32 on, kubectl sends what its generators make as protobuf. */
const firstProtobuf = 32;

const generators = [
  'create configmap receta --from-literal=harina=500 --from-literal=agua=300',
  'create secret generic clave --from-literal=pin=1234',
  'create secret docker-registry almacen --docker-server=r.example --docker-username=ana --docker-password=x',
  'create serviceaccount robot',
  'create deployment web --image=nginx:1.27 --replicas=3 --port=80',
  'create service clusterip caja --tcp=80:8080 --tcp=443',
  'create service nodeport puerta --tcp=80',
  'create service externalname fuera --external-name=pan.example.com',
  'create job amasar --image=busybox:1.37 -- sleep 5',
  'create cronjob limpieza --image=busybox:1.37 --schedule=5 -- date',
  'create ingress entrada --class=nginx --rule=pan.example.com/*=caja:80 --annotation=a=b',
  'create quota tope --hard=services=20,pods=50',
  'create pdb minimo --selector=app=web --min-available=1',
  'create role lector --verb=get,list --resource=pods,deployments.apps --resource-name=uno',
  'create rolebinding lee --role=lector --user=ana --group=panaderas --serviceaccount=pruebas:robot',
  'run curioso --image=busybox:1.37 --restart=Never --labels=a=b --env=A=B -- sleep 5',
  'expose deployment web --port=80 --target-port=8080',
] as const;

const kinds = 'cm,secret,sa,deploy,svc,job,cronjob,ingress,quota,pdb,role,rolebinding,pod';

describe('the objects that the generators leave', () => {
  const all = telltaleKubectls();
  const newest = all.at(-1);
  if (newest === undefined || newest.minor < firstProtobuf || all.length < 2) {
    if (kubectlRequired) it('needs kubectls of both sorts', () => expect(all.length).toBeGreaterThan(1));
    else it.skip('sin dos kubectl que comparar', () => undefined);
    return;
  }
  const clusters: TestCluster[] = [];
  afterAll(async () => {
    for (const cluster of clusters) await cluster.stop();
  });
  let reference: unknown;
  beforeAll(async () => {
    reference = await madeBy(newest, clusters);
  });
  it.each(all.slice(0, -1))('are the same with 1.$minor', async (kubectl) => {
    expect(await madeBy(kubectl, clusters)).toEqual(reference);
  });
});

/** Everything that this client makes in a cluster of its own. */
async function madeBy(kubectl: Kubectl, clusters: TestCluster[]): Promise<unknown> {
  // Nobody else writes: what others make of these objects depends on when they come to it.
  const here = await startTestCluster({
    scheduler: false,
    controllers: ['resourcequota-controller', 'serviceaccount-controller'],
  });
  clusters.push(here);
  const home = path.join(here.folder, 'home');
  await mkdir(home);
  const run = (words: readonly string[]) =>
    runKubectl(kubectl, ['-n', 'pruebas', ...words], {
      kubeconfig: here.kubeconfig,
      home,
      cwd: here.folder,
    });
  for (const command of ['create namespace pruebas', ...generators]) {
    const ran = await run(
      command.split(' ').map((word) => (word === '--schedule=5' ? '--schedule=5 * * * *' : word)),
    );
    expect(ran, command).toMatchObject({ exit: 0, stderr: '' });
  }
  // The quota is counted in the background.
  const counted = await run([
    'wait',
    '--for=jsonpath={.status.used.services}=4',
    'quota/tope',
    '--timeout=60s',
  ]);
  expect(counted).toMatchObject({ exit: 0, stderr: '' });
  const listed = await run(['get', kinds, '-o', 'json', '--show-managed-fields']);
  expect(listed.stderr).toBe('');
  const { items } = JSON.parse(listed.stdout) as { items: readonly { metadata: { name: string } }[] };
  expect(items.length).toBeGreaterThan(generators.length);
  return items.map((item) => normal(item));
}

const volatile = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'clusterIP',
  'clusterIPs',
  'nodePort',
  'time',
]);

/** Without what differs from one making to the next: identities, times, addresses and generated names. */
function normal(value: unknown, key = ''): unknown {
  if (volatile.has(key)) return `<${key}>`;
  if (Array.isArray(value)) {
    const list = value.map((one) => normal(one));
    // In the order of their times, which are rounded to seconds.
    return key === 'managedFields'
      ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : list;
  }
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, normal(one, name)]));
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  if (typeof value === 'number') return value;
  return value
    .replace(/kube-api-access-\w{5}/g, 'kube-api-access-x')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'uid');
}
