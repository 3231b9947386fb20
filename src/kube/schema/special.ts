import type { ScalarSchema } from './schema.ts';

const scalar = (kind: ScalarSchema['scalar'], goType: string): ScalarSchema => ({
  kind: 'scalar',
  scalar: kind,
  goType,
});

/** Go types that are one value in JSON. */
const scalars: ReadonlyMap<string, ScalarSchema> = new Map([
  ['string', scalar('string', 'string')],
  ['bool', scalar('bool', 'bool')],
  ['int', scalar('int64', 'int')],
  ['int32', scalar('int32', 'int32')],
  ['int64', scalar('int64', 'int64')],
  ['float64', scalar('float64', 'float64')],
  ['[]byte', scalar('bytes', '[]uint8')],
  ['types.UID', scalar('string', 'types.UID')],
  ['types.NodeName', scalar('string', 'types.NodeName')],
  ['resource.Quantity', scalar('quantity', 'resource.Quantity')],
  ['intstr.IntOrString', scalar('intOrString', 'intstr.IntOrString')],
  ['meta/v1.Time', scalar('time', 'v1.Time')],
  ['meta/v1.MicroTime', scalar('microTime', 'v1.MicroTime')],
  ['meta/v1.Duration', scalar('duration', 'v1.Duration')],
  ['meta/v1.FieldsV1', scalar('fieldsV1', 'v1.FieldsV1')],
  ['runtime.RawExtension', scalar('any', 'runtime.RawExtension')],
  ['interface{}', scalar('any', 'interface {}')],
  ['apiextensions/v1.JSON', scalar('any', 'v1.JSON')],
]);

export function specialScalar(goType: string): ScalarSchema | undefined {
  return scalars.get(goType);
}

/** `JSONSchemaPropsOrBool` and the like: an object of that type, or a list of them, or something plain. */
export function isSchemaOrElse(goType: string): boolean {
  return goType.startsWith('apiextensions/v1.JSONSchemaPropsOr');
}

/** Structs that apply replaces whole, wherever they are (`+structType=atomic` on the type). */
export const atomicStructs: ReadonlySet<string> = new Set([
  'core/v1.SecretReference',
  'core/v1.ObjectFieldSelector',
  'core/v1.ResourceFieldSelector',
  'core/v1.ConfigMapKeySelector',
  'core/v1.SecretKeySelector',
  'core/v1.NodeSelector',
  'core/v1.NodeSelectorTerm',
  'core/v1.TopologySelectorTerm',
  'core/v1.EndpointAddress',
  'core/v1.EndpointPort',
  'core/v1.ObjectReference',
  'core/v1.LocalObjectReference',
  'core/v1.TypedLocalObjectReference',
  'core/v1.ScopeSelector',
  'autoscaling/v1.CrossVersionObjectReference',
  'networking/v1.ServiceBackendPort',
  'rbac/v1.Subject',
  'rbac/v1.RoleRef',
  'discovery/v1.EndpointPort',
  'admissionregistration/v1.ParamKind',
  'admissionregistration/v1.Variable',
  'admissionregistration/v1.ParamRef',
  'admissionregistration/v1.MatchResources',
  'admissionregistration/v1.NamedRuleWithOperations',
  'meta/v1.OwnerReference',
  'meta/v1.LabelSelector',
]);
