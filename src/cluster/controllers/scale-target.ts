import type { Scale } from '../../kube/api/autoscaling-v1.ts';
import type { APIGroup, APIResourceList } from '../../kube/api/meta-v1.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { goQuote } from '../../kube/field-error.ts';
import { type KubeObject, parseApiVersion } from '../../kube/object.ts';
import { isNotFound } from './controller.ts';

export type LiveScale = Scale & KubeObject;

export interface ScaleTarget extends ResourceRef {
  readonly scalable: boolean;
}

/** Which resource a kind is, in the version that is named or, without it, in the group's own. Rejects in upstream's words. */
export async function findTarget(client: KubeClient, apiVersion: string, kind: string): Promise<ScaleTarget> {
  const named = parseApiVersion(apiVersion);
  if (named === undefined) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  const preferred = async () => {
    if (named.group === '') return 'v1';
    const group = await orNothing<APIGroup>(client.raw('GET', `/apis/${named.group}`));
    return group?.preferredVersion?.groupVersion;
  };
  for (const version of [apiVersion, await preferred()]) {
    if (version === undefined) continue;
    const path = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
    const list = await orNothing<APIResourceList>(client.raw('GET', path));
    const found = list?.resources.find((one) => one.kind === kind && !one.name.includes('/'));
    if (list === undefined || found === undefined) continue;
    const { group, version: bare } = parseApiVersion(version) ?? named;
    const scalable = list.resources.some(({ name }) => name === `${found.name}/scale`);
    return { group, version: bare, plural: found.name, scalable };
  }
  throw new Error(`no matches for kind ${goQuote(kind)} in group ${goQuote(named.group)}`);
}

async function orNothing<T>(answer: Promise<unknown>): Promise<T | undefined> {
  try {
    return (await answer) as T;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** `deployments.apps` */
export const groupResource = ({ group, plural }: ResourceRef): string =>
  group === '' ? plural : `${plural}.${group}`;
