import type { JsonObject } from '../../../base/json.ts';
import type { CustomResourceDefinition } from '../../../kube/api/apiextensions-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { ObjectReader } from '../contracts.ts';
import type { CustomSchemas } from './kinds.ts';

type Definition = CustomResourceDefinition & KubeObject;

/** The schemas of custom kinds, as the stored CRDs have them at that moment. */
export function customSchemasOf(reader: ObjectReader): CustomSchemas {
  return (group, version, kind) => {
    for (const { spec } of reader.list<Definition>('apiextensions.k8s.io', 'customresourcedefinitions')) {
      if (spec.group !== group || spec.names.kind !== kind) continue;
      const served = spec.versions.find(({ name }) => name === version);
      return served?.schema?.openAPIV3Schema as JsonObject | undefined;
    }
    return undefined;
  };
}
