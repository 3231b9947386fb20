import type { NamedRuleWithOperations } from '../../../kube/api/admissionregistration-v1.ts';
import type { LabelSelector as MetaLabelSelector } from '../../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { notFound } from '../../../kube/status.ts';
import type { AdmissionRequest, Catalog, ObjectReader } from '../contracts.ts';

/** Which requests a policy or a webhook speaks of. Mirrors admission/plugin/webhook/predicates and policy/matching. */

const CONFIGURATIONS = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
]);

/** What configures admission is never judged by it: nobody could mend a mistake. */
export function isExempt({ info }: AdmissionRequest): boolean {
  return info.group === 'admissionregistration.k8s.io' && CONFIGURATIONS.has(info.resource);
}

/** Everything as the API calls it: matchConstraints, matchResources and webhooks are alike. */
export interface Criteria {
  readonly resourceRules?: readonly NamedRuleWithOperations[] | undefined;
  readonly excludeResourceRules?: readonly NamedRuleWithOperations[] | undefined;
  readonly namespaceSelector?: MetaLabelSelector | undefined;
  readonly objectSelector?: MetaLabelSelector | undefined;
  readonly matchPolicy?: string | undefined;
}

/** `whenNoRules`: a binding without rules takes whatever its policy takes. Throws 404 for a namespace that is gone. */
export function matchesCriteria(
  criteria: Criteria | undefined,
  request: AdmissionRequest,
  reader: ObjectReader,
  catalog: Catalog,
  whenNoRules: boolean,
): boolean {
  if (criteria === undefined) return whenNoRules;
  const { resourceRules = [], excludeResourceRules = [] } = criteria;
  const equivalent = criteria.matchPolicy !== 'Exact';
  const matches = (rule: NamedRuleWithOperations) => matchesRule(rule, request, catalog, equivalent);
  if (resourceRules.length === 0 ? !whenNoRules : !resourceRules.some(matches)) return false;
  if (excludeResourceRules.some(matches)) return false;
  return (
    matchesNamespace(criteria.namespaceSelector, request, reader) &&
    matchesObject(criteria.objectSelector, request)
  );
}

const has = (list: readonly string[] | undefined, wanted: string): boolean =>
  (list ?? []).some((item) => item === '*' || item === wanted);

function matchesRule(
  rule: NamedRuleWithOperations,
  request: AdmissionRequest,
  catalog: Catalog,
  equivalent: boolean,
): boolean {
  const { info, operation, name } = request;
  const names = rule.resourceNames ?? [];
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, info.group) &&
    (has(rule.apiVersions, info.version) ||
      (equivalent &&
        (rule.apiVersions ?? []).some(
          (version) => catalog.find(info.group, version, info.resource) !== undefined,
        ))) &&
    (rule.resources ?? []).some((resource) => matchesResource(resource, info.resource, info.subresource)) &&
    matchesScope(rule.scope, request) &&
    (names.length === 0 || names.includes(name))
  );
}

/** `pods`, `pods/*`, `*\/scale`, `*` (no subresources), `*\/*` */
function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const main = slash < 0 ? pattern : pattern.slice(0, slash);
  const sub = slash < 0 ? '' : pattern.slice(slash + 1);
  return (main === '*' || main === resource) && (sub === '*' || sub === subresource);
}

function isNamespace({ info }: AdmissionRequest): boolean {
  return info.group === '' && info.resource === 'namespaces';
}

function matchesScope(scope: string | undefined, request: AdmissionRequest): boolean {
  if (scope === undefined || scope === '*') return true;
  const clusterWide = request.namespace === '' || isNamespace(request);
  return scope === 'Cluster' ? clusterWide : !clusterWide;
}

function matchesNamespace(
  wanted: MetaLabelSelector | undefined,
  request: AdmissionRequest,
  reader: ObjectReader,
): boolean {
  if (request.namespace === '' && !isNamespace(request)) return true;
  const selector = labelSelectorFrom(wanted ?? {});
  if (selector.empty) return true;
  const own = isNamespace(request) ? (request.object ?? request.oldObject) : undefined;
  const place = isNamespace(request) ? request.name : request.namespace;
  const namespace = own ?? reader.get<KubeObject>('', 'namespaces', '', place);
  if (namespace === undefined) throw notFound({ group: '', resource: 'namespaces' }, place);
  return selector.matches(namespace.metadata.labels ?? {});
}

function matchesObject(wanted: MetaLabelSelector | undefined, request: AdmissionRequest): boolean {
  const selector = labelSelectorFrom(wanted ?? {});
  if (selector.empty) return true;
  return [request.object, request.oldObject].some(
    (object) => object !== undefined && selector.matches(object.metadata?.labels ?? {}),
  );
}
