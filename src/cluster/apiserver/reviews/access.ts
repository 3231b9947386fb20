import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
} from '../../../kube/api/authorization-v1.ts';
import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import { type FieldError, GoText, invalid, invalidObject, required } from '../../../kube/field-error.ts';
import { goStruct } from '../../../kube/go-syntax.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { Authorizer, VirtualResource } from '../contracts.ts';

/** «May this user do that?» Mirrors pkg/registry/authorization and pkg/apis/authorization/validation. */

const GROUP = 'authorization.k8s.io';

interface Attributes {
  readonly resourceAttributes?: ResourceAttributes | undefined;
  readonly nonResourceAttributes?: NonResourceAttributes | undefined;
}

export function accessReviews(authorizer: Authorizer): readonly VirtualResource[] {
  const common = { group: GROUP, version: 'v1' } as const;
  return [
    {
      ...common,
      plural: 'selfsubjectaccessreviews',
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
      create(object, { user }) {
        const spec = asKind<SelfSubjectAccessReview>(object).spec ?? {};
        refuse([
          ...attributeErrors(spec),
          ...selectorErrors(spec),
          ...metadataErrors(object.metadata, false),
        ]);
        return answered(object, decide(authorizer, user, spec));
      },
    },
    {
      ...common,
      plural: 'subjectaccessreviews',
      kind: 'SubjectAccessReview',
      namespaced: false,
      create(object) {
        const spec = asKind<SubjectAccessReview>(object).spec ?? {};
        refuse([
          ...attributeErrors(spec),
          ...subjectErrors(spec),
          ...selectorErrors(spec),
          ...metadataErrors(object.metadata, false),
        ]);
        return answered(object, decide(authorizer, subjectOf(spec), spec));
      },
    },
    {
      ...common,
      plural: 'localsubjectaccessreviews',
      kind: 'LocalSubjectAccessReview',
      namespaced: true,
      create(object, { info }) {
        const spec = asKind<LocalSubjectAccessReview>(object).spec ?? {};
        refuse([
          ...attributeErrors(spec),
          ...subjectErrors(spec),
          ...selectorErrors(spec),
          ...metadataErrors(object.metadata, true),
          ...localErrors(spec, info.namespace),
        ]);
        return answered(object, decide(authorizer, subjectOf(spec), spec));
      },
    },
  ];
}

function answered(object: KubeObject, status: SubjectAccessReviewStatus): KubeObject {
  return { ...object, status } as KubeObject;
}

function decide(authorizer: Authorizer, user: Identity, spec: Attributes): SubjectAccessReviewStatus {
  const asked = spec.resourceAttributes;
  const decision = authorizer.authorize(
    asked === undefined
      ? {
          user,
          verb: spec.nonResourceAttributes?.verb ?? '',
          path: spec.nonResourceAttributes?.path ?? '',
        }
      : {
          user,
          verb: asked.verb ?? '',
          resource: {
            group: asked.group ?? '',
            version: asked.version ?? '*',
            resource: asked.resource ?? '',
            subresource: asked.subresource ?? '',
            namespace: asked.namespace ?? '',
            name: asked.name ?? '',
          },
        },
  );
  const { allowed, reason } = decision;
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function subjectOf(spec: SubjectAccessReview['spec']): Identity {
  return {
    name: spec.user ?? '',
    groups: spec.groups ?? [],
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.extra === undefined ? {} : { extra: spec.extra }),
    via: 'Review',
  };
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(GROUP, '', '', errors);
}

function attributeErrors({ resourceAttributes, nonResourceAttributes }: Attributes): FieldError[] {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const { path = '', verb = '' } = nonResourceAttributes;
    const value = goStruct('authorization.NonResourceAttributes', [
      ['Path', path],
      ['Verb', verb],
    ]);
    return [
      invalid(
        'spec.nonResourceAttributes',
        value,
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  }
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid('spec.resourceAttributes', new GoText('"null"'), why)];
}

function subjectErrors({ user, groups }: SubjectAccessReview['spec']): FieldError[] {
  if ((user ?? '') !== '' || (groups ?? []).length > 0) return [];
  return [invalid('spec.user', '', 'at least one of user or group must be specified')];
}

function selectorErrors({ resourceAttributes }: Attributes): FieldError[] {
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  return [
    ...oneSelectorErrors('spec.resourceAttributes.fieldSelector', fieldSelector),
    ...oneSelectorErrors('spec.resourceAttributes.labelSelector', labelSelector),
  ];
}

function oneSelectorErrors(
  field: string,
  selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined,
): FieldError[] {
  if (selector === undefined) return [];
  const raw = selector.rawSelector ?? '';
  const count = selector.requirements?.length ?? 0;
  if (raw !== '' && count > 0)
    return [invalid(`${field}.rawSelector`, raw, 'may not specified at the same time as requirements')];
  if (raw === '' && count === 0)
    return [
      required(
        `${field}.requirements`,
        `when ${field} is specified, requirements or rawSelector is required`,
      ),
    ];
  return (selector.requirements ?? []).flatMap((requirement, i) =>
    requirementErrors(`${field}.requirements[${i}]`, requirement),
  );
}

function requirementErrors(
  field: string,
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] | undefined },
): FieldError[] {
  const errors: FieldError[] = [];
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
    errors.push({
      type: 'FieldValueForbidden',
      field: `${field}.values`,
      body: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    });
  if (key === '') errors.push(required(`${field}.key`, 'must be specified'));
  return errors;
}

/** Reviews have no name; `namespaced` ones have a namespace. */
function metadataErrors(meta: ObjectMeta, namespaced: boolean): FieldError[] {
  const set = Object.entries(meta).filter(
    ([key, value]) =>
      value !== undefined &&
      value !== null &&
      value !== '' &&
      key !== 'managedFields' &&
      key !== 'creationTimestamp',
  );
  const rest = set.filter(([key]) => !(namespaced && key === 'namespace'));
  return rest.length === 0 ? [] : [invalid('metadata', new GoText(JSON.stringify(meta)), 'must be empty')];
}

function localErrors(spec: Attributes, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  const asked = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes !== undefined && asked !== namespace)
    errors.push(invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  if (spec.nonResourceAttributes !== undefined) {
    const { path = '', verb = '' } = spec.nonResourceAttributes;
    errors.push(
      invalid(
        'spec.nonResourceAttributes',
        goStruct('authorization.NonResourceAttributes', [
          ['Path', path],
          ['Verb', verb],
        ]),
        'disallowed on this kind of request',
      ),
    );
  }
  return errors;
}
