import type { APIService } from '../api/apiregistration-v1.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../field-error.ts';
import { isDNS1035Label, isDNS1123Subdomain, nameIsPathSegment } from '../names.ts';
import { asKind, type KubeObject } from '../object.ts';
import { ageSince } from '../printers/age.ts';
import { column, nameColumn } from '../printers/columns.ts';
import { invalidFor } from '../validation/messages.ts';
import type { ResourceDefinition } from './definition.ts';

/**
 * One group and version of the API. All are served here: an APIService that sends requests elsewhere is refused.
 * Mirrors kube-aggregator/pkg/registry/apiservice.
 */
export const apiService: ResourceDefinition = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
  categories: ['api-extensions'],
  allowUnconditionalUpdate: false,
  validateName: nameIsPathSegment,
  prepareForCreate(draft, { now }) {
    const service = asKind<APIService>(draft);
    const available = {
      type: 'Available',
      status: 'True',
      lastTransitionTime: now,
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
    service.status = service.spec?.service === undefined ? { conditions: [available] } : {};
  },
  validate: (object) => validateApiService(object),
  subresources: {
    status: {
      validateUpdate: (object) =>
        (asKind<APIService>(object).status?.conditions ?? []).flatMap(({ status }, i) =>
          ['True', 'False', 'Unknown'].includes(status)
            ? []
            : [notSupported(`status.conditions[${i}].status`, status, ['True', 'False', 'Unknown'])],
        ),
    },
  },
  table: {
    columns: [
      nameColumn,
      column('Service', 'The reference to the service that hosts this API endpoint.'),
      column('Available', 'Whether this service is available.'),
      column(
        'Age',
        'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
      ),
    ],
    cells(object, now) {
      const { metadata, spec, status } = asKind<APIService>(object);
      const service = spec?.service;
      const condition = status?.conditions?.find(({ type }) => type === 'Available');
      const available = condition?.status ?? 'Unknown';
      const reason = condition?.reason ?? '';
      return [
        metadata?.name ?? '',
        service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
        available === 'True' || reason === '' ? available : `${available} (${reason})`,
        ageSince(metadata?.creationTimestamp, now),
      ];
    },
  },
};

function validateApiService(object: KubeObject): readonly FieldError[] {
  const { metadata, spec } = asKind<APIService>(object);
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service } = spec ?? {};
  const name = metadata?.name ?? '';
  const errors: FieldError[] = [];
  const wanted = `${version}.${group}`;
  if (name !== wanted)
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`));
  if (group === '' && version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') errors.push(...invalidFor(isDNS1123Subdomain(group), 'spec.group', group));
  errors.push(...invalidFor(isDNS1035Label(version), 'spec.version', version));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000)
    errors.push(
      invalid('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000'),
    );
  if (versionPriority <= 0 || versionPriority > 1000)
    errors.push(invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  if (service !== undefined)
    errors.push(forbiddenField('spec.service', 'this control plane does not aggregate other API servers'));
  else if (spec?.insecureSkipTLSVerify === true)
    errors.push(
      invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'),
    );
  return errors;
}
