import type { ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';
import { resources } from '../../kube/resources/index.ts';

const toRef = ({ group, version, plural }: ResourceDefinition): ResourceRef => ({ group, version, plural });

/** What kubectl calls it: `pods`, `pod`, `po`, `deployments.apps`. */
export function refOf(word: string): ResourceRef | undefined {
  const [name = ''] = word.toLowerCase().split('.');
  const found = resources.find(
    ({ plural, kind, singular, shortNames = [] }) =>
      plural === name || (singular ?? kind.toLowerCase()) === name || shortNames.includes(name),
  );
  return found === undefined ? undefined : toRef(found);
}

/** Where an object goes; undefined: nobody here knows the kind. */
export function placeOf({
  apiVersion,
  kind,
}: KubeObject): { readonly ref: ResourceRef; readonly namespace: string } | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const found = resources.find((one) => one.kind === kind && one.group === group);
  if (found === undefined) return undefined;
  const ref = { group, version, plural: found.plural };
  return { ref, namespace: found.namespaced ? 'default' : '' };
}
