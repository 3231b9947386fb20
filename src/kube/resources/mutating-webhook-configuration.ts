import type { MutatingWebhookConfiguration } from '../api/admissionregistration-v1.ts';
import { asKind } from '../object.ts';
import { webhookTable } from '../printers/policy.ts';
import { validateWebhooks } from '../validation/webhooks.ts';
import type { ResourceDefinition } from './definition.ts';

/** Stored and shown. Nothing is called: a request that one of them would have to see is refused by admission. */
export const mutatingWebhookConfiguration: ResourceDefinition = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
  categories: ['api-extensions'],
  tracksGeneration: true,
  /** Mirrors SetDefaults_MutatingWebhook of pkg/apis/admissionregistration/v1/defaults.go. */
  defaults(draft) {
    for (const webhook of asKind<MutatingWebhookConfiguration>(draft).webhooks ?? []) {
      webhook.failurePolicy ??= 'Fail';
      webhook.matchPolicy ??= 'Equivalent';
      webhook.namespaceSelector ??= {};
      webhook.objectSelector ??= {};
      webhook.timeoutSeconds ??= 10;
      webhook.reinvocationPolicy ??= 'Never';
      for (const rule of webhook.rules ?? []) rule.scope ??= '*';
      const service = webhook.clientConfig?.service;
      if (service !== undefined) service.port ??= 443;
    }
  },
  validate: (object) => validateWebhooks(asKind<MutatingWebhookConfiguration>(object).webhooks),
  table: webhookTable('mutating'),
};
