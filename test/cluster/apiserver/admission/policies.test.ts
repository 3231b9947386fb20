import { describe, expect, test } from 'vitest';
import { validatingAdmissionPolicy } from '../../../../src/cluster/apiserver/admission/validating-admission-policy.ts';
import {
  mutatingWebhooks,
  validatingWebhooks,
} from '../../../../src/cluster/apiserver/admission/webhooks.ts';
import type { Authorizer, Catalog, InstalledResource } from '../../../../src/cluster/apiserver/contracts.ts';
import { admit } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';
const known = [
  { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { group: 'ejemplo.com', version: 'v1', plural: 'topes', kind: 'Tope', namespaced: false },
] as unknown as readonly InstalledResource[];
const catalog = {
  all: () => known,
  find: (group: string, version: string, plural: string) =>
    known.find((one) => one.group === group && one.version === version && one.plural === plural),
} as unknown as Catalog;

/** Whoever asks may get secrets in the bakery; masters may do anything anywhere. */
const authorizer: Authorizer = {
  authorize: ({ user, verb, resource, path }) => ({
    allowed:
      user.name === 'system:serviceaccount:obrador:jefe' ||
      path === '/healthz' ||
      (verb === 'get' && resource?.resource === 'secrets' && resource.namespace === 'obrador') ||
      (verb === 'revisar' && resource?.resource === 'configmaps' && resource.name === 'a'),
    reason: 'porque sí',
  }),
};

const rules = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
];
const policy = (spec: object, name = 'p') => ({
  apiVersion: ADMISSION,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: { matchConstraints: { resourceRules: rules }, ...spec },
});
const binding = (spec: object = {}, name = 'b') => ({
  apiVersion: ADMISSION,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
});
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'obrador', labels: { turno: 'noche' } },
};
const config = (data?: object, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'obrador', labels },
  ...(data === undefined ? {} : { data }),
});
const PREFIX = `configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `;

function judge(objects: readonly object[], object: object = config({ pan: 'x' }), rest: object = {}) {
  const { reader } = new FakeObjects(namespace, ...objects);
  return admit(
    validatingAdmissionPolicy(catalog, authorizer),
    { resource: 'configmaps', object, ...rest },
    reader,
  );
}
async function message(spec: object, bound: object = {}, object?: object): Promise<string | undefined> {
  const { refused } = await judge([policy(spec), binding(bound)], object);
  return refused?.message?.replace(PREFIX, '');
}

describe('ValidatingAdmissionPolicy', () => {
  test.each([
    [{ expression: "'harina' in object.data" }, "failed expression: 'harina' in object.data", 422],
    [{ expression: 'false', message: 'no', reason: 'Forbidden' }, 'no', 403],
    [{ expression: 'false', reason: 'RequestEntityTooLarge' }, 'failed expression: false', 413],
    [{ expression: 'false', message: 'no', messageExpression: "'dice ' + object.data.pan" }, 'dice x', 422],
    [{ expression: 'false', message: 'no', messageExpression: 'object.data.nada' }, 'no', 422],
    [
      { expression: "object.data.harina == 'x'" },
      "expression 'object.data.harina == 'x'' resulted in error: no such key: harina",
      422,
    ],
    [{ expression: 'true' }, undefined, undefined],
  ])('%j', async (validation, why, code) => {
    const { refused } = await judge([policy({ validations: [validation] }), binding()]);
    expect(refused?.code).toBe(code);
    expect(refused?.message).toBe(why === undefined ? undefined : PREFIX + why);
    if (why !== undefined)
      expect(refused?.details?.causes).toEqual([
        { message: `${PREFIX}${why}`.replace('configmaps "a" is forbidden: ', '') },
      ]);
  });

  test('an error is nothing where failures are ignored, a no is still a no', async () => {
    const lax = { failurePolicy: 'Ignore' };
    expect(await message({ ...lax, validations: [{ expression: 'object.data.x == 1' }] })).toBeUndefined();
    expect(await message({ ...lax, validations: [{ expression: 'nada(' }] })).toBeUndefined();
    expect(await message({ ...lax, validations: [{ expression: 'false', message: 'no' }] })).toBe('no');
    expect(await message({ validations: [{ expression: 'nada(' }] })).toMatch(/^compilation error: /);
  });

  test('what expressions read', async () => {
    const holds = (expression: string) =>
      message({ validations: [{ expression, message: 'no' }], variables });
    const variables = [
      { name: 'pan', expression: 'object.data.pan' },
      { name: 'doble', expression: 'variables.pan + variables.pan' },
    ];
    for (const expression of [
      "variables.doble == 'xx'",
      'oldObject == null',
      "request.operation == 'CREATE' && request.userInfo.username == 'ana' && request.namespace == 'obrador'",
      "request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap' && !request.dryRun",
      "namespaceObject.metadata.labels.turno == 'noche'",
      'params == null',
    ])
      expect(await holds(expression), expression).toBeUndefined();
  });

  test.each([
    ["authorizer.group('').resource('secrets').namespace('obrador').check('get').allowed()", true],
    ["authorizer.group('').resource('secrets').namespace('otro').check('get').allowed()", false],
    ["authorizer.group('').resource('pods').subresource('log').name('x').check('get').allowed()", false],
    ["authorizer.path('/healthz').check('get').allowed()", true],
    ["authorizer.serviceAccount('obrador', 'jefe').path('/x').check('get').allowed()", true],
    ["authorizer.requestResource.check('revisar').allowed()", true],
    ["authorizer.requestResource.check('mirar').allowed()", false],
    ["authorizer.path('/x').check('get').reason() == 'porque sí'", true],
    ['variables.puede', true],
  ])('%s: %s', async (expression, holds) => {
    const variables = [{ name: 'puede', expression: "authorizer.path('/healthz').check('get').allowed()" }];
    const why = await message({ validations: [{ expression, message: 'no' }], variables });
    expect(why).toBe(holds ? undefined : 'no');
  });

  test('match conditions choose, and their errors count', async () => {
    const validations = [{ expression: 'false', message: 'no' }];
    const when = (expression: string) =>
      message({ validations, matchConditions: [{ name: 'c', expression }] });
    expect(await when("object.metadata.name != 'a'")).toBeUndefined();
    expect(await when('true')).toBe('no');
    expect(await when('object.data.nada == 1')).toBe(
      "expression 'object.data.nada == 1' resulted in error: no such key: nada",
    );
  });

  test('actions: warn and audit do not deny', async () => {
    const validations = [{ expression: 'false', message: 'esto solo avisa' }];
    const { refused, warnings, annotations } = await judge([
      policy({ validations, auditAnnotations: [{ key: 'pan', valueExpression: 'object.data.pan' }] }),
      binding({ validationActions: ['Warn', 'Audit'] }),
    ]);
    expect(refused).toBeUndefined();
    expect(warnings).toEqual([
      "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': esto solo avisa",
    ]);
    expect(annotations['p/pan']).toBe('x');
    expect(JSON.parse(annotations['validation.policy.admission.k8s.io/validation_failure'] ?? '')).toEqual([
      {
        message: 'esto solo avisa',
        policy: 'p',
        binding: 'b',
        expressionIndex: 0,
        validationActions: ['Warn', 'Audit'],
      },
    ]);
  });

  test.each([
    [{ namespaceSelector: { matchLabels: { turno: 'noche' } } }, 'no'],
    [{ namespaceSelector: { matchLabels: { turno: 'dia' } } }, undefined],
    [{ objectSelector: { matchLabels: { x: 'y' } } }, undefined],
    [{ resourceRules: [{ ...rules[0], resourceNames: ['otra'] }] }, undefined],
    [{ resourceRules: [{ ...rules[0], resources: ['*'], scope: 'Cluster' }] }, undefined],
    [{ excludeResourceRules: rules }, undefined],
    [{ resourceRules: [{ ...rules[0], apiGroups: ['*'], operations: ['*'], resources: ['*/*'] }] }, 'no'],
    [{ resourceRules: [{ ...rules[0], resources: ['configmaps/status'] }] }, undefined],
  ])('a binding of %j', async (matchResources, why) => {
    expect(await message({ validations: [{ expression: 'false', message: 'no' }] }, { matchResources })).toBe(
      why,
    );
  });

  test('parameters', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.data.pan == params.data.pan', message: 'otro pan' }],
    };
    const param = (name: string, pan: string) => ({
      ...config({ pan }, { de: 'parametro' }),
      metadata: { name, namespace: 'obrador', labels: { de: 'parametro' } },
    });
    const ask = async (paramRef: object, ...params: object[]) =>
      (await judge([policy(spec), binding({ paramRef }), ...params])).refused?.message?.replace(PREFIX, '');
    const named = { name: 'q', parameterNotFoundAction: 'Deny' };
    expect(await ask(named, param('q', 'x'))).toBeUndefined();
    expect(await ask(named, param('q', 'y'))).toBe('otro pan');
    expect(await ask(named)).toBe(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    expect(await ask({ ...named, parameterNotFoundAction: 'Allow' })).toBeUndefined();
    const selected = { selector: { matchLabels: { de: 'parametro' } }, parameterNotFoundAction: 'Deny' };
    expect(await ask(selected, param('q', 'x'), param('r', 'y'))).toBe('otro pan');
  });

  test('policies never judge what configures admission', async () => {
    const everything = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }];
    const { reader } = new FakeObjects(
      policy({ matchConstraints: { resourceRules: everything }, validations: [{ expression: 'false' }] }),
      binding(),
    );
    const asked = {
      group: 'admissionregistration.k8s.io',
      resource: 'validatingadmissionpolicies',
      namespace: '',
    };
    const { refused } = await admit(
      validatingAdmissionPolicy(catalog, authorizer),
      { ...asked, object: policy({}) },
      reader,
    );
    expect(refused).toBeUndefined();
  });
});

describe('webhooks', () => {
  const hook = (kind: string, rest: object = {}) =>
    new FakeObjects(namespace, {
      apiVersion: ADMISSION,
      kind,
      metadata: { name: 'w' },
      webhooks: [{ name: 'w.ejemplo.com', rules, ...rest }],
    }).reader;
  const asked = { resource: 'configmaps', object: config({}) } as const;

  test.each([
    ['MutatingWebhookConfiguration', mutatingWebhooks(catalog, authorizer)],
    ['ValidatingWebhookConfiguration', validatingWebhooks(catalog, authorizer)],
  ])('%s: what would have to be called is refused', async (kind, plugin) => {
    const text =
      'failed calling webhook "w.ejemplo.com": failed to call webhook: this server does not call webhooks';
    const { refused } = await admit(plugin, asked, hook(kind));
    expect(refused).toMatchObject({ code: 500, message: `Internal error occurred: ${text}` });
    const lax = await admit(plugin, asked, hook(kind, { failurePolicy: 'Ignore' }));
    expect([lax.refused, lax.warnings]).toEqual([undefined, [text]]);
    const elsewhere = { matchConditions: [{ name: 'c', expression: "object.metadata.name == 'b'" }] };
    expect((await admit(plugin, asked, hook(kind, elsewhere))).refused).toBeUndefined();
    const other = { objectSelector: { matchLabels: { x: 'y' } } };
    expect((await admit(plugin, asked, hook(kind, other))).refused).toBeUndefined();
  });
});
