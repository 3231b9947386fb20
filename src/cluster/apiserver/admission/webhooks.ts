import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../kube/api/admissionregistration-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { internalError } from '../../../kube/status.ts';
import type { AdmissionPlugin, AdmissionRequest, Authorizer, Catalog, ObjectReader } from '../contracts.ts';
import { isExempt, matchesCriteria } from './matching.ts';
import { bindingsOf, conditionsMatch } from './policy-program.ts';

const GROUP = 'admissionregistration.k8s.io';

/**
 * Webhooks are stored and matched but never called: a request that would need one is refused as if the call had failed,
 * or let through with a warning when its failurePolicy is Ignore. Mirrors admission/plugin/webhook up to the call.
 */
export function mutatingWebhooks(catalog: Catalog, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'MutatingAdmissionWebhook',
    mutate: (request, reader) =>
      refuseCalls(request, reader, { catalog, authorizer }, 'mutatingwebhookconfigurations'),
  };
}

export function validatingWebhooks(catalog: Catalog, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    validate: (request, reader) =>
      refuseCalls(request, reader, { catalog, authorizer }, 'validatingwebhookconfigurations'),
  };
}

function refuseCalls(
  request: AdmissionRequest,
  reader: ObjectReader,
  { catalog, authorizer }: { readonly catalog: Catalog; readonly authorizer: Authorizer },
  resource: string,
): void {
  const configurations = reader.list<KubeObject>(GROUP, resource);
  if (configurations.length === 0 || isExempt(request)) return;
  for (const object of configurations) {
    const { webhooks = [] } = asKind<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(object);
    for (const webhook of webhooks) {
      const criteria = { ...webhook, resourceRules: webhook.rules };
      if (!matchesCriteria(criteria, request, reader, catalog, false)) continue;
      const { matches, error } = conditionsMatch(
        webhook.matchConditions,
        bindingsOf(request, undefined, undefined, authorizer),
      );
      if (!matches && error === undefined) continue;
      const why = error ?? 'failed to call webhook: this server does not call webhooks';
      const text = `failed calling webhook ${JSON.stringify(webhook.name)}: ${why}`;
      if (webhook.failurePolicy !== 'Ignore') throw internalError(text);
      request.warn(text);
    }
  }
}
