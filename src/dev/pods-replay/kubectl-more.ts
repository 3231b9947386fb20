import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { placeOf, refOf } from './kinds.ts';
import type { ParsedCommand } from './words.ts';

const scope = ({ plural }: ResourceRef): string => (plural === 'nodes' ? '' : 'default');

/** `pod p a=b c-`, `pod/p a=b`: what is meant, and what is left of the words. */
function targetOf(args: readonly string[]): readonly [ResourceRef, string, readonly string[]] | undefined {
  const [first = '', second = '', ...rest] = args;
  const [kind = '', name] = first.split('/');
  const ref = refOf(kind);
  if (ref === undefined) return undefined;
  return name === undefined
    ? [ref, second, rest]
    : [ref, name, [second, ...rest].filter((word) => word !== '')];
}

/** Commands that change something, the rarer ones. False: not one of those, or not so that it can be done here. */
export async function runMore(
  client: KubeClient,
  { verb, flag }: ParsedCommand,
  args: readonly string[],
  stdin: string | undefined,
): Promise<boolean> {
  switch (verb) {
    case 'label':
    case 'annotate': {
      const target = targetOf(args);
      if (target === undefined) return false;
      const [ref, name, changes] = target;
      const field = verb === 'label' ? 'labels' : 'annotations';
      const wanted = Object.fromEntries(
        changes.map((text) =>
          text.endsWith('-')
            ? [text.slice(0, -1), null]
            : [text.split('=')[0], text.slice(text.indexOf('=') + 1)],
        ),
      );
      await client.patch(ref, scope(ref), name, 'merge', { metadata: { [field]: wanted } });
      return true;
    }
    case 'rollout': {
      const [what = '', ...rest] = args;
      const target = targetOf(rest);
      if (target === undefined || !['restart', 'pause', 'resume'].includes(what))
        return what === 'status' || what === 'history';
      const [ref, name] = target;
      const restarted = { 'kubectl.kubernetes.io/restartedAt': new Date(0).toISOString() };
      const spec =
        what === 'restart'
          ? { template: { metadata: { annotations: restarted } } }
          : { paused: what === 'pause' ? true : null };
      await client.patch(ref, 'default', name, 'strategic', { spec });
      return true;
    }
    case 'create':
    case 'apply':
    case 'replace':
      return flag('f') === '-' && stdin !== undefined
        ? write(client, stdin)
        : createNamed(client, args, flag);
    default:
      return false;
  }
}

/** JSON only: recordings write nothing else. */
async function write(client: KubeClient, text: string): Promise<boolean> {
  let object: KubeObject;
  try {
    object = JSON.parse(text) as KubeObject;
  } catch {
    return false;
  }
  const place = placeOf(object);
  if (place === undefined) return false;
  const { name = '' } = object.metadata;
  const known = await client.find<KubeObject>(place.ref, place.namespace, name);
  if (known === undefined) await client.create(place.ref, place.namespace, object);
  else await client.patch(place.ref, place.namespace, name, 'merge', object);
  return true;
}

/** `create configmap x --from-literal=a=b` and the same with a Secret. */
async function createNamed(
  client: KubeClient,
  args: readonly string[],
  flag: (name: string) => string | undefined,
): Promise<boolean> {
  const [kind = '', ...names] = args;
  const secret = kind === 'secret';
  const name = names.at(-1);
  const literal = flag('from-literal');
  if ((!secret && kind !== 'configmap' && kind !== 'cm') || name === undefined) return false;
  const data =
    literal === undefined
      ? {}
      : { [literal.slice(0, literal.indexOf('='))]: literal.slice(literal.indexOf('=') + 1) };
  const ref = refOf(secret ? 'secret' : 'configmap');
  if (ref === undefined) return false;
  await client.create(ref, 'default', {
    apiVersion: 'v1',
    kind: secret ? 'Secret' : 'ConfigMap',
    metadata: { name, namespace: 'default' },
    ...(secret ? { stringData: data } : { data }),
  } as KubeObject);
  return true;
}
