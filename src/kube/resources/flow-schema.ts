import type { FlowSchema } from '../api/flowcontrol-v1.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { asKind } from '../object.ts';
import { flowSchemaTable } from '../printers/policy.ts';
import type { ResourceDefinition } from './definition.ts';

/** Stored and shown; requests are not queued by it. */
export const flowSchema: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
  tracksGeneration: true,
  defaults(draft) {
    const { spec } = asKind<FlowSchema>(draft);
    if (spec !== undefined) spec.matchingPrecedence ||= 1000;
  },
  prepareForCreate(draft) {
    asKind<FlowSchema>(draft).status = {};
  },
  validate(object) {
    const { spec } = asKind<FlowSchema>(object);
    const precedence = spec?.matchingPrecedence ?? 0;
    const errors: FieldError[] = [];
    if (precedence <= 0)
      errors.push(invalid('spec.matchingPrecedence', precedence, 'must be a positive value'));
    if (precedence > 10_000)
      errors.push(invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'));
    if (!spec?.priorityLevelConfiguration?.name)
      errors.push(required('spec.priorityLevelConfiguration.name'));
    return errors;
  },
  subresources: { status: {} },
  table: flowSchemaTable,
};
