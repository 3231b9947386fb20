import type { RuntimeClass } from '../api/node-v1.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { nameIsDNSLabel } from '../names.ts';
import { asKind } from '../object.ts';
import { runtimeClassTable } from '../printers/policy.ts';
import { immutableMessage, invalidFor } from '../validation/messages.ts';
import type { ResourceDefinition } from './definition.ts';

export const runtimeClass: ResourceDefinition = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  validate(object) {
    const { handler = '' } = asKind<RuntimeClass>(object);
    return handler === ''
      ? [required('handler')]
      : invalidFor(nameIsDNSLabel(handler, false), 'handler', handler);
  },
  validateUpdate(object, old): FieldError[] {
    const { handler } = asKind<RuntimeClass>(object);
    return handler === asKind<RuntimeClass>(old).handler
      ? []
      : [invalid('handler', handler, immutableMessage)];
  },
  table: runtimeClassTable,
};
