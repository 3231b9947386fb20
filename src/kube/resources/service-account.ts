import type { ServiceAccount } from '../api/core-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import { ageSince } from '../printers/age.ts';
import { ageColumn, column, nameColumn } from '../printers/columns.ts';
import type { ResourceDefinition } from './definition.ts';

/** Of a Secret only its name counts. Mirrors cleanSecretReferences. */
function cleanSecrets(draft: KubeObject): void {
  const account = asKind<ServiceAccount>(draft);
  if (account.secrets?.length)
    account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

export const serviceAccountResource: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
  shortNames: ['sa'],
  returnsDeletedObject: true,
  prepareForCreate: cleanSecrets,
  prepareForUpdate: cleanSecrets,
  validate: () => [],
  warnings(object, old) {
    const key = 'kubernetes.io/enforce-mountable-secrets';
    const value = object.metadata.annotations?.[key];
    return value === undefined || old?.metadata.annotations?.[key] === value
      ? []
      : [
          `metadata.annotations[${key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ];
  },
  table: {
    columns: [
      nameColumn,
      column(
        'Secrets',
        'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use. Pods are only limited to this list if this service account has a "kubernetes.io/enforce-mountable-secrets" annotation set to "true". The "kubernetes.io/enforce-mountable-secrets" annotation is deprecated since v1.32. Prefer separate namespaces to isolate access to mounted secrets. This field should not be used to find auto-generated service account token secrets for use outside of pods. Instead, tokens can be requested directly using the TokenRequest API, or service account token secrets can be manually created. More info: https://kubernetes.io/docs/concepts/configuration/secret',
      ),
      ageColumn,
    ],
    cells(object, now) {
      const { metadata, secrets } = asKind<ServiceAccount>(object);
      return [metadata?.name ?? '', secrets?.length ?? 0, ageSince(metadata?.creationTimestamp, now)];
    },
  },
};
