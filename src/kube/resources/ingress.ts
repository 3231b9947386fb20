import type { Ingress } from '../api/networking-v1.ts';
import { asKind } from '../object.ts';
import { ingressTable } from '../printers/networking.ts';
import {
  ingressClassAnnotation,
  validateIngress,
  validateIngressStatus,
  validateIngressUpdate,
} from '../validation/ingress.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec } from './workload.ts';

export const ingress: ResourceDefinition = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  namespaced: true,
  shortNames: ['ing'],
  tracksGeneration: true,
  validate: (object) => validateIngress(asKind<Ingress>(object)),
  validateUpdate: (object, old) => validateIngressUpdate(asKind<Ingress>(object), asKind<Ingress>(old)),
  warnings: (object, old) =>
    old === undefined && object.metadata.annotations?.[ingressClassAnnotation] !== undefined
      ? [`annotation "${ingressClassAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object) => validateIngressStatus(asKind<Ingress>(object)),
    },
  },
  table: ingressTable,
};
