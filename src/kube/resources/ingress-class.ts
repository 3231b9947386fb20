import type { IngressClass } from '../api/networking-v1.ts';
import { asKind } from '../object.ts';
import { ingressClassTable } from '../printers/networking.ts';
import { validateIngressClass, validateIngressClassUpdate } from '../validation/ingress.ts';
import type { ResourceDefinition } from './definition.ts';

export const ingressClass: ResourceDefinition = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  tracksGeneration: true,
  defaults(draft) {
    const parameters = asKind<IngressClass>(draft).spec?.parameters;
    if (parameters !== undefined) parameters.scope ??= 'Cluster';
  },
  validate: (object) => validateIngressClass(asKind<IngressClass>(object)),
  validateUpdate: (object, old) =>
    validateIngressClassUpdate(asKind<IngressClass>(object), asKind<IngressClass>(old)),
  table: ingressClassTable,
};
