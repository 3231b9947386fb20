import type { ControllerRevision } from '../api/apps-v1.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { asKind, equalJson, type KubeObject } from '../object.ts';
import { controllerRevisionTable } from '../printers/workloads.ts';
import { nonNegative } from '../validation/pod/report.ts';
import type { ResourceDefinition } from './definition.ts';

/** Mirrors ValidateControllerRevision. */
function validate(object: KubeObject): FieldError[] {
  const { data, revision } = asKind<ControllerRevision>(object);
  const errors: FieldError[] =
    data === undefined || data === null ? [required('data', 'data is mandatory')] : [];
  return [...errors, ...nonNegative('revision', revision)];
}

/** Mirrors pkg/registry/apps/controllerrevision/strategy.go. */
export const controllerRevision: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  validate,
  validateUpdate(object, old) {
    const { data } = asKind<ControllerRevision>(object);
    const errors = validate(object);
    return equalJson(data, asKind<ControllerRevision>(old).data)
      ? errors
      : [...errors, invalid('data', data, 'field is immutable')];
  },
  table: controllerRevisionTable,
};
