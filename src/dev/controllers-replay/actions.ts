import type { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeClient, PatchKind, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resources } from '../../kube/resources/index.ts';
import { StatusError } from '../../kube/status.ts';
import { formatTime } from '../../kube/time.ts';

export const namespace = 'obrador';

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly sub?: string;
}

export interface Action {
  readonly create?: KubeObject;
  readonly patch?: Target;
  readonly with?: unknown;
  readonly type?: PatchKind;
  readonly sub?: string;
  readonly delete?: Target;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly firstPod?: 'delete' | 'evict' | 'patch';
  readonly selector?: string;
  readonly sleep?: number;
  readonly pastMinute?: number;
}

export function kindOf(
  kind: string,
  apiVersion?: string,
): { readonly ref: ResourceRef; readonly home: string } {
  const found =
    resources.find(
      (one) => one.kind === kind && apiVersion === `${one.group}${one.group && '/'}${one.version}`,
    ) ?? resources.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  const [group, version] = splitVersion(apiVersion, found);
  return { ref: { group, version, plural: found.plural }, home: found.namespaced ? namespace : '' };
}

function splitVersion(
  apiVersion: string | undefined,
  found: { readonly group: string; readonly version: string },
): readonly [string, string] {
  if (apiVersion === undefined) return [found.group, found.version];
  const at = apiVersion.indexOf('/');
  return at < 0 ? ['', apiVersion] : [apiVersion.slice(0, at), apiVersion.slice(at + 1)];
}

/** Does it; answers with what the API said when it refused. */
export async function act(
  client: KubeClient,
  clock: VirtualClock,
  action: Action,
): Promise<string | undefined> {
  if (action.sleep !== undefined) {
    await clock.advance(action.sleep * 1000);
    return undefined;
  }
  if (action.pastMinute !== undefined) {
    const minute = 60_000;
    const next = (Math.floor(clock.now() / minute) + 1) * minute + action.pastMinute * 1000;
    await clock.advance(next - clock.now());
    return undefined;
  }
  try {
    await ask(client, JSON.parse(filled(JSON.stringify(action), formatTime(clock.now()))));
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

const filled = (text: string, now: string) => text.replaceAll('$NS', namespace).replaceAll('<time>', now);

async function ask(client: KubeClient, action: Action): Promise<void> {
  if (action.create !== undefined) {
    const { ref, home } = kindOf(action.create.kind, action.create.apiVersion);
    await client.create(ref, home, action.create);
    return;
  }
  if (action.patch !== undefined) {
    const { kind, name, sub } = action.patch;
    const { ref, home } = kindOf(kind);
    await patch(client, ref, home, name, action, sub);
    return;
  }
  if (action.delete !== undefined) {
    const { ref, home } = kindOf(action.delete.kind);
    const options = action.propagation === undefined ? {} : { propagationPolicy: action.propagation };
    await client.delete(ref, home, action.delete.name, options);
    return;
  }
  if (action.firstPod === undefined) throw new Error(`no such action: ${Object.keys(action).join(', ')}`);
  await onFirstPod(client, action);
}

async function onFirstPod(client: KubeClient, action: Action): Promise<void> {
  const { ref } = kindOf('Pod');
  const { items } = await client.list<KubeObject>(ref, {
    namespace,
    ...(action.selector === undefined ? {} : { labelSelector: action.selector }),
  });
  const names = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name ?? '');
  const name = names.sort()[0] ?? '';
  if (action.firstPod === 'delete') await client.delete(ref, namespace, name);
  else if (action.firstPod === 'patch') await patch(client, ref, namespace, name, action, action.sub);
  else
    await client.act(ref, namespace, name, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
    });
}

async function patch(
  client: KubeClient,
  ref: ResourceRef,
  home: string,
  name: string,
  action: Action,
  sub: string | undefined,
): Promise<void> {
  await client.patch(
    ref,
    home,
    name,
    action.type ?? 'merge',
    action.with,
    sub === undefined ? {} : { subresource: sub },
  );
}
