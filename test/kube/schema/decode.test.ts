import { describe, expect, it } from 'vitest';
import { decodeBody, decodeDict, type FieldValidation } from '../../../src/kube/schema/decode.ts';
import { StatusError } from '../../../src/kube/status.ts';
import { builtinSchemas, schemaOf } from '../../helpers/kubeSchemas.ts';

const configMap = { group: '', version: 'v1', kind: 'ConfigMap' };
const pod = { group: '', version: 'v1', kind: 'Pod' };
const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' };

function decode(
  body: unknown,
  expected = configMap,
  fieldValidation: FieldValidation = 'Warn',
  contentType = 'application/json',
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.from(text);
  return decodeBody({ bytes, contentType, expected, schemas: builtinSchemas, fieldValidation });
}

function refusal(...input: Parameters<typeof decode>): string {
  try {
    decode(...input);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.status).toMatchObject({ code: 400, reason: 'BadRequest' });
    return error.status.message ?? '';
  }
  throw new Error('was not refused');
}

describe('what the body says it is', () => {
  it.each(['null', '{}', '{"kind":"ConfigMap"}', '{"apiVersion":"v1","kind":""}'])('completes %s', (body) => {
    expect(decode(body).object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} });
  });

  const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
  const noType = `${unrecognized}couldn't get version/kind; json parse error: `;
  const meta =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  it.each([
    ['', `${noType}unexpected end of JSON input (<empty>)`],
    ['{', `${noType}unexpected end of JSON input ({)`],
    ['[]', `${noType}json: cannot unmarshal array into Go value of type ${meta} (5b5d)`],
    ['5', `${noType}json: cannot unmarshal number into Go value of type ${meta} (35)`],
    [
      '{"apiVersion":5,"kind":"ConfigMap"}',
      `${noType}json: cannot unmarshal number into Go struct field .apiVersion of type string ({"apiVersion":5,"kind":"Config ...)`,
    ],
    [
      '{"apiVersion":"a/b/c"}',
      `${unrecognized}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
    ],
    [
      '{"apiVersion":"v1","kind":"Nada"}',
      'Nada in version "v1" cannot be handled as a ConfigMap: no kind "Nada" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      '{"apiVersion":"v2","kind":"ConfigMap"}',
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
  ])('says of %s what upstream says', (body, why) => {
    expect(refusal(body)).toBe(why);
  });

  it('knows versions that are no longer served, and refuses them for their version', () => {
    expect(refusal({ apiVersion: 'apps/v1beta2', kind: 'Deployment' }, deployment)).toBe(
      'the API version in the data (apps/v1beta2) does not match the expected API version (apps/v1)',
    );
  });

  it('refuses an object of another kind, lists of anything too', () => {
    expect(refusal({ apiVersion: 'v1', kind: 'List', items: [] })).toBe(
      'List in version "v1" cannot be handled as a ConfigMap: converting (v1.List) to (core.ConfigMap): unknown conversion',
    );
    expect(refusal({ apiVersion: 'v1', kind: 'Secret' })).toContain(
      'Secret in version "v1" cannot be handled as a ConfigMap: ',
    );
  });
});

describe('values of a wrong type', () => {
  const inPod = (spec: object) => refusal({ apiVersion: 'v1', kind: 'Pod', spec }, pod);
  const said = 'Pod in version "v1" cannot be handled as a Pod: ';
  it.each<[object, string]>([
    [
      { hostNetwork: 'true' },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      { terminationGracePeriodSeconds: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ],
    [
      { containers: [{ command: 'ls' }] },
      'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
    ],
    [
      { containers: [{ env: {} }] },
      'json: cannot unmarshal object into Go struct field Container.spec.containers.env of type []v1.EnvVar',
    ],
    [
      { containers: [{ args: ['a', 5] }] },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string',
    ],
    [
      { containers: [{ livenessProbe: { exec: { command: 'ls' } } }] },
      'json: cannot unmarshal string into Go struct field ExecAction.spec.containers.livenessProbe.exec.command of type []string',
    ],
    [
      { containers: [{ ports: [{ containerPort: 2147483648 }] }] },
      'json: cannot unmarshal number 2147483648 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      { containers: [{ livenessProbe: { httpGet: { port: true } } }] },
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
    ],
    [
      { containers: [{ resources: { limits: { cpu: 'mucha' } } }] },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      { volumes: [{ emptyDir: 'x' }] },
      'json: cannot unmarshal string into Go struct field Volume.spec.volumes.emptyDir of type v1.EmptyDirVolumeSource',
    ],
  ])('refuses %j', (spec, why) => {
    expect(inPod(spec)).toBe(said + why);
  });

  it('tells the first mistaken type, but stops at once where Go does', () => {
    expect(inPod({ hostNetwork: 1, hostPID: 2 })).toContain('PodSpec.spec.hostNetwork');
    expect(inPod({ hostNetwork: 1, containers: [{ resources: { limits: { cpu: 'x' } } }] })).toContain(
      'quantities must',
    );
  });

  it.each([
    [
      'metadata',
      5,
      'json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
    ['data', { a: true }, 'json: cannot unmarshal bool into Go struct field ConfigMap.data of type string'],
    [
      'data',
      'x',
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    ],
    ['binaryData', { a: 'x x=' }, 'illegal base64 data at input byte 1'],
    ['binaryData', { a: 'eA' }, 'illegal base64 data at input byte 0'],
    ['binaryData', { a: 'eA=x' }, 'illegal base64 data at input byte 2'],
    ['binaryData', { a: 'eA==x' }, 'illegal base64 data at input byte 4'],
  ])('refuses %s: %j', (field, value, why) => {
    expect(refusal({ [field]: value })).toBe(
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: ${why}`,
    );
  });
});

describe('null', () => {
  it('is nothing for a field, and the zero of its type in lists and maps', () => {
    const { object } = decode({
      metadata: { name: null, labels: { a: null }, finalizers: [null] },
      data: null,
    });
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { labels: { a: '' }, finalizers: [''] },
    });
  });
});

describe('unknown and duplicate fields', () => {
  const body = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","name":"b"},
    "spec":{"template":{"spec":{"containers":[{"name":"c","imagen":"x"}]}},"replicaz":3}}`;
  const told = [
    'duplicate field "metadata.name"',
    'unknown field "spec.template.spec.containers[0].imagen"',
    'unknown field "spec.replicaz"',
  ];

  it('are told in their order as warnings, and dropped', () => {
    const { object, warnings } = decode(body, deployment, 'Warn');
    expect(warnings).toEqual(told);
    expect(object).toMatchObject({ metadata: { name: 'b' } });
    expect(JSON.stringify(object)).not.toMatch(/imagen|replicaz/);
  });

  it('are passed over with Ignore and refused with Strict', () => {
    expect(decode(body, deployment, 'Ignore').warnings).toEqual([]);
    expect(refusal(body, deployment, 'Strict')).toBe(
      `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${told.join(', ')}`,
    );
  });

  it('are told even when their value is null, and only for the exact name', () => {
    expect(decode({ sobra: null, Data: {} }).warnings).toEqual([
      'unknown field "sobra"',
      'unknown field "Data"',
    ]);
  });

  it('merges what Go merges: structs and maps, not lists', () => {
    const twice =
      '{"data":{"a":"1"},"data":{"b":"2"},"metadata":{"finalizers":["x"]},"metadata":{"finalizers":["y"]}}';
    expect(decode(twice).object).toMatchObject({
      data: { a: '1', b: '2' },
      metadata: { finalizers: ['y'] },
    });
  });

  it('stops collecting at a hundred', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`campo${i}`, 1]));
    expect(decode(many).warnings).toHaveLength(100);
  });
});

it('keeps keys that look like prototypes as plain data', () => {
  const { object } = decode('{"data":{"__proto__":"x","constructor":"y"},"__proto__":{"a":1}}');
  expect(Object.entries((object as { data?: object }).data ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
});

it('does not share anything with an object of a caller in the process', () => {
  const given = { metadata: { name: 'a', labels: { b: 'c' } }, sobra: 1 };
  const { object, warnings } = decodeBody({
    object: given,
    expected: configMap,
    schemas: builtinSchemas,
    fieldValidation: 'Warn',
  });
  expect(warnings).toEqual(['unknown field "sobra"']);
  expect(object.metadata).toEqual(given.metadata);
  expect(object.metadata).not.toBe(given.metadata);
  expect(object.metadata.labels).not.toBe(given.metadata.labels);
});

describe('YAML', () => {
  const yaml = (text: string, mode: FieldValidation = 'Warn') =>
    decode(text, configMap, mode, 'application/yaml');

  it('takes the first document, also an empty one', () => {
    expect(yaml('data:\n  a: "1"\n---\ndata: {b: "2"}').object).toMatchObject({ data: { a: '1' } });
    expect(yaml('# solo comentario').object.metadata).toEqual({});
  });

  it('types scalars as YAML 1.1 does', () => {
    expect(refusal('data: {puerto: 80}', configMap, 'Warn', 'application/yaml')).toContain(
      'cannot unmarshal number',
    );
    expect(refusal('data: {si: yes}', configMap, 'Warn', 'application/yaml')).toContain(
      'cannot unmarshal bool',
    );
    expect(yaml('data: {a: ~, fecha: 2024-01-01, hora: 12:30}').object).toMatchObject({
      data: { a: '', fecha: '2024-01-01', hora: '12:30' },
    });
  });

  it('tells duplicate keys by line, and all of them as one error when strict', () => {
    const text = 'data:\n  a: x\n  a: z\nsobra: 1\nsobra: 2\n';
    expect(yaml(text).warnings).toEqual([
      'line 3: key "a" already set in map',
      'line 5: key "sobra" already set in map',
      'unknown field "sobra"',
    ]);
    expect(refusal(text, configMap, 'Strict', 'application/yaml')).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n' +
        '  line 3: key "a" already set in map\n  line 5: key "sobra" already set in map, unknown field "sobra"',
    );
  });

  it('passes on what the reader complains about', () => {
    expect(refusal('a: b: c', configMap, 'Warn', 'application/yaml')).toBe(
      'the object provided is unrecognized (must be of type ConfigMap): yaml: mapping values are not allowed in this context (613a20623a2063)',
    );
  });
});

describe('a custom resource', () => {
  const string = { kind: 'scalar', scalar: 'string', goType: 'string' } as const;
  const field = (name: string, schema: import('../../../src/kube/schema/schema.ts').Schema) =>
    [
      name,
      { name, schema, numbers: [], pointer: false, omitEmpty: true, required: false, patchStrategy: [] },
    ] as const;
  const struct = (
    ...fields: readonly (readonly [string, import('../../../src/kube/schema/schema.ts').FieldSchema])[]
  ) => ({ kind: 'struct', goType: '', mapType: 'granular', fields: new Map(fields) }) as const;
  const metadata = schemaOf('', 'v1', 'Pod').fields.get('metadata');
  if (metadata === undefined) throw new Error('no metadata');
  const capa = struct(field('a', string));
  const schema = struct(
    field('apiVersion', string),
    field('kind', string),
    ['metadata', metadata],
    field(
      'spec',
      struct(
        field('peso', string),
        field('capas', { kind: 'list', items: capa, listType: 'atomic', mapKeys: [] }),
      ),
    ),
  );

  const quesada = { group: 'panaderia.example.com', version: 'v1', kind: 'Quesada' };
  const receive = (body: object) =>
    decodeBody({
      bytes: Buffer.from(JSON.stringify(body)),
      contentType: 'application/json',
      expected: quesada,
      schemas: { schemaOf: (_group, _version, kind) => (kind === 'Quesada' ? schema : undefined) },
      fieldValidation: 'Warn',
    });
  const said = { apiVersion: 'panaderia.example.com/v1', kind: 'Quesada' };

  it('must say its kind, and the right one', () => {
    expect(receive({ ...said, metadata: { name: 'x' } }).object).toMatchObject({
      ...said,
      metadata: { name: 'x' },
    });
    expect(() => receive({ apiVersion: said.apiVersion })).toThrow(
      `Object 'Kind' is missing in '{"apiVersion":"panaderia.example.com/v1"}'`,
    );
    expect(() => receive({ ...said, kind: 'Tarta', metadata: { name: 'x' } })).toThrow(
      'Quesada.panaderia.example.com "x" is invalid: kind: Invalid value: "Tarta": must be Quesada',
    );
  });

  it('has metadata of the usual types', () => {
    expect(() => receive({ ...said, metadata: { labels: { a: 1 } } })).toThrow(
      'Quesada in version "v1" cannot be handled as a Quesada: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    );
  });

  it('is pruned, tells metadata first and the rest by path, and keeps types for validation', () => {
    const { object, unknown } = decodeDict(schema, {
      spec: { sobra: 1, peso: 5, capas: [{ b: 1, a: 'x' }] },
      raro: 1,
      metadata: { name: 'x', fantasma: 1 },
    });
    expect(unknown).toEqual([
      'unknown field "metadata.fantasma"',
      'unknown field "raro"',
      'unknown field "spec.capas[0].b"',
      'unknown field "spec.sobra"',
    ]);
    expect(object).toEqual({ metadata: { name: 'x' }, spec: { peso: 5, capas: [{ a: 'x' }] } });
  });
});
