import type {
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../../kube/api/admissionregistration-v1.ts';
import { asKind, type KubeObject, parseApiVersion } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { StatusError } from '../../../kube/status.ts';
import type { AdmissionPlugin, AdmissionRequest, Authorizer, Catalog, ObjectReader } from '../contracts.ts';
import { refusal } from './attributes.ts';
import { isExempt, matchesCriteria } from './matching.ts';
import { type Bindings, bindingsOf, conditionsMatch, evaluate } from './policy-program.ts';

const GROUP = 'admissionregistration.k8s.io';
const maxMessage = 5 * 1024;
const CODES = new Map([
  ['Forbidden', 403],
  ['Unauthorized', 401],
  ['RequestEntityTooLarge', 413],
]);

interface Denial {
  readonly message: string;
  readonly reason: string;
}

/** What one evaluation of a policy says: denials, and values for the audit. */
interface Outcome {
  readonly denials: readonly { readonly index: number; readonly denial: Denial }[];
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** An audit annotation that could not be computed denies whatever the actions say. */
  readonly broken: readonly string[];
}

/** Rules of the cluster's own, in CEL. Mirrors apiserver/pkg/admission/plugin/policy/validating. */
export function validatingAdmissionPolicy(catalog: Catalog, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request, reader) {
      if (isExempt(request)) return;
      const bindings = reader
        .list<KubeObject>(GROUP, 'validatingadmissionpolicybindings')
        .map((object) => asKind<ValidatingAdmissionPolicyBinding>(object));
      if (bindings.length === 0) return;
      for (const object of reader.list<KubeObject>(GROUP, 'validatingadmissionpolicies')) {
        const policy = asKind<ValidatingAdmissionPolicy>(object);
        const own = bindings.filter(({ spec }) => spec?.policyName === policy.metadata?.name);
        if (own.length > 0) judge(policy, own, request, reader, { catalog, authorizer });
      }
    },
  };
}

function judge(
  policy: ValidatingAdmissionPolicy,
  bindings: readonly ValidatingAdmissionPolicyBinding[],
  request: AdmissionRequest,
  reader: ObjectReader,
  { catalog, authorizer }: { readonly catalog: Catalog; readonly authorizer: Authorizer },
): void {
  const spec = policy.spec ?? {};
  if (!matchesCriteria(spec.matchConstraints, request, reader, catalog, false)) return;
  const name = policy.metadata?.name ?? '';
  const fails = spec.failurePolicy !== 'Ignore';
  const audited = new Map<string, Set<string>>();
  for (const binding of bindings) {
    if (!matchesCriteria(binding.spec?.matchResources, request, reader, catalog, true)) continue;
    const denies = (denial: Denial) => denied(request, name, binding.metadata?.name ?? '', denial);
    const params = paramsOf(spec.paramKind, binding.spec?.paramRef, request, reader, catalog);
    if (typeof params === 'string') {
      if (fails) throw denies({ message: `failed to configure binding: ${params}`, reason: 'Invalid' });
      continue;
    }
    for (const param of params) {
      const namespace = namespaceFor(request, reader);
      const outcome = run(spec, bindingsOf(request, namespace, param, authorizer, spec.variables));
      for (const { index, denial } of outcome.denials)
        act(request, binding, name, index, denial, () => {
          throw denies(denial);
        });
      for (const message of outcome.broken) throw denies({ message, reason: 'Invalid' });
      for (const { key, value } of outcome.annotations)
        audited.set(key, (audited.get(key) ?? new Set()).add(value));
    }
  }
  for (const [key, values] of audited) request.annotate(`${name}/${key}`, [...values].join(', '));
}

function namespaceFor(request: AdmissionRequest, reader: ObjectReader): KubeObject | undefined {
  const { info, namespace } = request;
  if (namespace === '' || (info.group === '' && info.resource === 'namespaces')) return undefined;
  return reader.get<KubeObject>('', 'namespaces', '', namespace);
}

function act(
  request: AdmissionRequest,
  binding: ValidatingAdmissionPolicyBinding,
  policy: string,
  index: number,
  { message }: Denial,
  deny: () => void,
): void {
  const name = binding.metadata?.name ?? '';
  const actions = binding.spec?.validationActions ?? [];
  for (const action of actions) {
    if (action === 'Warn')
      request.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${name}': ${message}`,
      );
    if (action === 'Audit')
      request.annotate(
        'validation.policy.admission.k8s.io/validation_failure',
        JSON.stringify([
          { message, policy, binding: name, expressionIndex: index, validationActions: actions },
        ]),
      );
  }
  if (actions.includes('Deny')) deny();
}

function denied(request: AdmissionRequest, policy: string, binding: string, denial: Denial): StatusError {
  const message = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${denial.message}`;
  const { status } = refusal(request, message);
  return new StatusError({
    ...status,
    reason: denial.reason,
    code: CODES.get(denial.reason) ?? 422,
    details: { ...status.details, causes: [{ message }] },
  });
}

/** The objects that a binding's parameters are; a text says why they cannot be had. */
function paramsOf(
  kind: ParamKind | undefined,
  ref: ParamRef | undefined,
  request: AdmissionRequest,
  reader: ObjectReader,
  catalog: Catalog,
): readonly (KubeObject | undefined)[] | string {
  if (kind === undefined || ref === undefined) return [undefined];
  const version = parseApiVersion(kind.apiVersion ?? '');
  const resource = catalog
    .all()
    .find(
      (known) =>
        known.kind === kind.kind && known.group === version?.group && known.version === version.version,
    );
  if (resource === undefined)
    return `paramKind kind \`&ParamKind{APIVersion:${kind.apiVersion},Kind:${kind.kind},}\` not known`;
  const given = ref.namespace ?? '';
  if (!resource.namespaced && given !== '')
    return 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`';
  const namespace = resource.namespaced ? given || request.namespace : '';
  if (resource.namespaced && namespace === '')
    return 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  const { group, plural } = resource;
  let found: readonly KubeObject[];
  if ((ref.name ?? '') !== '') {
    const object = reader.get<KubeObject>(group, plural, namespace, ref.name ?? '');
    found = object === undefined ? [] : [object];
  } else if (ref.selector !== undefined) {
    const selector = labelSelectorFrom(ref.selector);
    const all = reader.list<KubeObject>(group, plural, resource.namespaced ? namespace : undefined);
    found = all.filter(({ metadata }) => selector.matches(metadata.labels ?? {}));
  } else return 'one of name or selector must be provided';
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny')
    return 'no params found for policy binding with `Deny` parameterNotFoundAction';
  return found;
}

function run(spec: ValidatingAdmissionPolicySpec, bindings: Bindings): Outcome {
  const fails = spec.failurePolicy !== 'Ignore';
  const failure = (index: number, message: string) =>
    fails ? [{ index, denial: { message, reason: 'Invalid' } }] : [];
  const conditions = conditionsMatch(spec.matchConditions, bindings);
  if (conditions.error !== undefined)
    return { denials: failure(0, conditions.error), annotations: [], broken: [] };
  if (!conditions.matches) return { denials: [], annotations: [], broken: [] };

  const denials = (spec.validations ?? []).flatMap((validation, index) => {
    const result = evaluate(validation.expression, bindings);
    if (!result.ok) return failure(index, result.error);
    if (result.value === true) return [];
    const reason = validation.reason ?? 'Invalid';
    return [{ index, denial: { message: messageOf(validation, bindings), reason } }];
  });
  const annotations: { key: string; value: string }[] = [];
  const broken: string[] = [];
  for (const { key, valueExpression } of spec.auditAnnotations ?? []) {
    const result = evaluate(valueExpression, bindings);
    if (!result.ok) {
      if (fails) broken.push(result.error);
    } else if (typeof result.value === 'string' && result.value.trim() !== '')
      annotations.push({ key, value: result.value.trim().slice(0, 10 * 1024) });
  }
  return { denials, annotations, broken };
}

function messageOf({ expression, message, messageExpression }: Validation, bindings: Bindings): string {
  if (messageExpression !== undefined && messageExpression !== '') {
    const result = evaluate(messageExpression, bindings);
    const text = result.ok && typeof result.value === 'string' ? result.value.trim() : '';
    if (text !== '' && text.length <= maxMessage && !text.includes('\n')) return text;
  }
  const fixed = (message ?? '').trim();
  return fixed !== '' ? fixed : `failed expression: ${expression.trim()}`;
}
