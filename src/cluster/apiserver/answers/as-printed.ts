import { type KubeObject, parseApiVersion } from '../../../kube/object.ts';
import { canonicalize } from '../../../kube/schema/canonical.ts';
import type { SchemaSource } from '../../../kube/schema/schema.ts';

/** An object made by the server as Go prints it (`creationTimestamp: null`, fields in order); custom kinds as they are. */
export function asPrinted(schemas: SchemaSource, object: KubeObject): KubeObject {
  const version = parseApiVersion(object.apiVersion);
  const schema = version && schemas.schemaOf(version.group, version.version, object.kind);
  return schema === undefined ? object : canonicalize(schema, object);
}
