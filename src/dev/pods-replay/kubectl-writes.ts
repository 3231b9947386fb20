import type { Deployment } from '../../kube/api/apps-v1.ts';
import type { Container, Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { refOf } from './kinds.ts';
import { runMore } from './kubectl-more.ts';
import type { ParsedCommand } from './words.ts';
import { nodeName, type ReplayWorld } from './world.ts';

type Templated = Deployment & KubeObject;

/** `pod p`, `pod/p`, `deploy/web` */
function targetsOf(args: readonly string[]): readonly (readonly [ResourceRef, string])[] {
  const [first = '', ...names] = args;
  if (first.includes('/'))
    return args.flatMap((word) => {
      const [kind = '', name = ''] = word.split('/');
      const ref = refOf(kind);
      return ref === undefined ? [] : [[ref, name] as const];
    });
  const ref = refOf(first);
  return ref === undefined ? [] : names.map((name) => [ref, name] as const);
}

const namespaceFor = (ref: ResourceRef): string => (ref.plural === 'nodes' ? '' : 'default');

/** Commands that change something. False: not one of those. */
export async function runWrite(world: ReplayWorld, command: ParsedCommand, stdin?: string): Promise<boolean> {
  const { client } = world;
  const { verb, flag } = command;
  const args = command.args.map((word) => word.replaceAll('<node>', nodeName));
  switch (verb) {
    case 'delete':
      await remove(client, command, args);
      return true;
    case 'patch':
      for (const [ref, name] of targetsOf(args))
        await client.patch(
          ref,
          namespaceFor(ref),
          name,
          patchKind(flag('type')),
          JSON.parse(flag('p') ?? flag('patch') ?? '{}'),
          flag('subresource') === undefined ? {} : { subresource: flag('subresource') ?? '' },
        );
      return true;
    case 'set':
      await setImage(client, args.slice(1));
      return true;
    case 'scale':
      for (const [ref, name] of targetsOf(args))
        await client.patch(ref, 'default', name, 'merge', { spec: { replicas: Number(flag('replicas')) } });
      return true;
    case 'rollout':
      if (args[0] !== 'undo') return runMore(client, command, args, stdin);
      await undo(client, args[1]?.split('/')[1] ?? '');
      return true;
    case 'cordon':
    case 'uncordon':
      await cordon(client, verb === 'cordon');
      return true;
    case 'taint':
      await taint(client, args.slice(2));
      return true;
    case 'drain':
      await drain(world, command);
      return true;
    default:
      return runMore(client, command, args, stdin);
  }
}

const patchKind = (type: string | undefined) =>
  type === 'json' || type === 'merge' ? type : ('strategic' as const);

async function remove(client: KubeClient, { flag }: ParsedCommand, args: readonly string[]): Promise<void> {
  const asked = flag('now') === 'true' ? '1' : flag('grace-period');
  const forced = flag('force') === 'true';
  const seconds = asked === undefined ? (forced ? 0 : undefined) : Math.max(Number(asked), forced ? 0 : 1);
  const options = seconds === undefined ? {} : { gracePeriodSeconds: seconds };
  const selector = flag('l');
  const ref = refOf(args[0] ?? '');
  const targets =
    selector === undefined || ref === undefined
      ? targetsOf(args)
      : (await client.list<KubeObject>(ref, { namespace: 'default', labelSelector: selector })).items.map(
          ({ metadata }) => [ref, metadata.name ?? ''] as const,
        );
  for (const [resource, name] of targets)
    await client.delete(resource, namespaceFor(resource), name, options).catch(() => undefined);
}

async function setImage(client: KubeClient, args: readonly string[]): Promise<void> {
  const [target = '', ...pairs] = args;
  for (const [ref, name] of targetsOf([target])) {
    const containers = pairs.map((pair) => {
      const at = pair.indexOf('=');
      return { name: pair.slice(0, at), image: pair.slice(at + 1) };
    });
    const spec = ref.plural === 'pods' ? { containers } : { template: { spec: { containers } } };
    await client.patch(ref, 'default', name, 'strategic', { spec });
  }
}

/** Back to the template of the revision before. */
async function undo(client: KubeClient, name: string): Promise<void> {
  const ref = { group: 'apps', version: 'v1', plural: 'deployments' };
  const deployment = await client.get<Templated>(ref, 'default', name);
  const revisionOf = (object: KubeObject) =>
    Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const { items } = await client.list<Templated>({ ...ref, plural: 'replicasets' }, { namespace: 'default' });
  const owned = items
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid))
    .sort((a, b) => revisionOf(b) - revisionOf(a));
  const template = owned[1]?.spec?.template;
  if (template === undefined) return;
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {};
  await client.patch(ref, 'default', name, 'json', [
    {
      op: 'replace',
      path: '/spec/template',
      value: { ...template, metadata: { ...template.metadata, labels } },
    },
  ]);
}

const nodes = { group: '', version: 'v1', plural: 'nodes' };

async function cordon(client: KubeClient, unschedulable: boolean): Promise<void> {
  await client.patch(nodes, '', nodeName, 'strategic', {
    spec: { unschedulable: unschedulable ? true : null },
  });
}

async function taint(client: KubeClient, changes: readonly string[]): Promise<void> {
  const node = await client.get<
    KubeObject & { spec?: { taints?: { key: string; effect: string; value?: string }[] } }
  >(nodes, '', nodeName);
  let taints = [...(node.spec?.taints ?? [])];
  for (const change of changes) {
    const gone = change.endsWith('-');
    const [pair = '', effect = ''] = change.replace(/-$/, '').split(':');
    const [key = '', value] = pair.split('=');
    taints = taints.filter((one) => one.key !== key || (effect !== '' && one.effect !== effect));
    if (!gone) taints.push({ key, effect, ...(value === undefined ? {} : { value }) });
  }
  await client.patch(nodes, '', nodeName, 'merge', { spec: { taints } });
}

/** What kubectl drain does once nothing forbids it: evictions, asked for again every five seconds. */
async function drain({ client, clock }: ReplayWorld, { flag }: ParsedCommand): Promise<void> {
  await cordon(client, true);
  if (flag('force') !== 'true' || flag('delete-emptydir-data') !== 'true') return;
  const seconds = Number((flag('timeout') ?? '60s').replace('s', ''));
  const endMs = clock.now() + seconds * 1000;
  const { items } = await client.list<Pod & KubeObject>(refOf('pod') as ResourceRef, {
    namespace: 'default',
  });
  const moved = items.filter(
    ({ metadata, spec }) =>
      spec?.nodeName === nodeName && !metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'),
  );
  const evict = async (name: string): Promise<void> => {
    try {
      await client.act(refOf('pod') as ResourceRef, 'default', name, 'eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace: 'default' },
      });
    } catch {
      if (clock.now() + 5000 < endMs) clock.after(5000, () => void evict(name));
    }
  };
  for (const { metadata } of moved) await evict(metadata.name ?? '');
}

/** `kubectl debug` of a Pod or a node. */
export async function runDebug(
  client: KubeClient,
  { args, rest, flag }: ParsedCommand,
): Promise<string | undefined> {
  const target = (args[0] ?? '').replaceAll('<node>', nodeName);
  const container: Container & { targetContainerName?: string } = {
    name: flag('c') ?? 'debugger',
    image: flag('image') ?? '',
    terminationMessagePolicy: 'File',
    ...(rest.length === 0 ? {} : { command: [...rest] }),
    ...(flag('i') === undefined ? {} : { stdin: true }),
    ...(flag('t') === undefined ? {} : { tty: true }),
    ...(flag('target') === undefined ? {} : { targetContainerName: flag('target') ?? '' }),
  };
  const pods = { group: '', version: 'v1', plural: 'pods' };
  if (!target.startsWith('node/')) {
    await client.patch(
      pods,
      'default',
      target,
      'strategic',
      { spec: { ephemeralContainers: [container] } },
      {
        subresource: 'ephemeralcontainers',
      },
    );
    return target;
  }
  const pod = await client.create<Pod & KubeObject>(pods, 'default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `node-debugger-${nodeName}-${'abcde'}`, namespace: 'default' },
    spec: {
      nodeName,
      hostIPC: true,
      hostNetwork: true,
      hostPID: true,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
      containers: [{ ...container, volumeMounts: [{ name: 'host-root', mountPath: '/host' }] }],
    },
  });
  return pod.metadata.name;
}
