import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import type { KubeState } from '../../../src/checks/backend.ts';
import type { CheckKind } from '../../../src/checks/check.ts';
import { checkKinds, findKind } from '../../../src/checks/kinds/index.ts';
import { emptyBackend } from '../../helpers/checks.ts';
import { type RecordedCluster, recordedView } from '../../helpers/kubeView.ts';

const ns = 'panaderia-7f3c';

function kindOf(name: string): CheckKind {
  const kind = findKind(`k8s.${name}`);
  if (kind === undefined) throw new Error(`there is no ${name}`);
  return kind;
}

const attempt = { exerciseId: '4.1.a', startedAtMs: 1_000, folder: '/tmp', answers: {}, failures: 0 };

function observe(name: string, params: JsonObject, recorded: RecordedCluster) {
  const backend = { ...emptyBackend(), cluster: recordedView(recorded) };
  const context = { backend, scope: {}, attempt, signal: new AbortController().signal };
  return kindOf(name).observe(context, { namespace: ns, ...params });
}

const seen = async (name: string, params: JsonObject, recorded: RecordedCluster) =>
  (await observe(name, params, recorded)).value;

const owner = (name: string, uid: string) => [{ kind: 'ReplicaSet', name, uid, controller: true }];

function pod(name: string, changes: JsonObject = {}): JsonObject {
  return {
    kind: 'Pod',
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { app: 'mostrador' },
      ownerReferences: owner('mostrador-7d4', 'rs'),
    },
    spec: { nodeName: 'nodo-1', containers: [{ name: 'web', image: 'nginx:1.29-alpine' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'web', restartCount: 2, state: { running: {} } }],
    },
    ...changes,
  };
}

const waiting = (reason: string): JsonObject => ({
  status: {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [{ name: 'web', restartCount: 0, state: { waiting: { reason } } }],
  },
});

describe('without a cluster', () => {
  const all = checkKinds.filter(({ view }) => view === 'cluster');
  it.each(all.map((kind) => [kind.name, kind] as const))('%s says why it could not look', async (_, kind) => {
    const missing = { cluster: { reason: 'cluster-stopped', why: 'parado', next: 'arráncalo' } } as const;
    const context = { backend: { ...emptyBackend(), missing }, scope: {}, attempt };
    const looking = async () => kind.observe({ ...context, signal: new AbortController().signal }, {});
    await expect(looking).rejects.toThrow('parado');
  });
  it('are all that look at one', () => {
    const names = checkKinds.map(({ name }) => name).filter((name) => name.startsWith('k8s.'));
    expect(all.map(({ name }) => name)).toEqual(names);
    expect(names.length).toBeGreaterThan(10);
  });
});

describe('one object', () => {
  const params = { tipo: 'pod', nombre: 'mostrador-7d4-a' };

  it('comes whole, with our readings of it', async () => {
    const value = await seen('objeto', params, { objects: { pod: [pod('mostrador-7d4-a')] } });
    expect(value).toMatchObject({
      spec: { nodeName: 'nodo-1' },
      condiciones: { Ready: 'True' },
      imagenes: ['nginx:1.29-alpine'],
      esperas: [],
      reinicios: 2,
      puestaAlDia: true,
    });
  });

  it('tells what its containers wait for', async () => {
    const broken = pod('mostrador-7d4-a', waiting('ImagePullBackOff'));
    expect(await seen('objeto', params, { objects: { pod: [broken] } })).toMatchObject({
      esperas: ['ImagePullBackOff'],
      condiciones: { Ready: 'False' },
    });
  });

  it('shows the images of a template, and whether the controller has seen it', async () => {
    const deployment = {
      metadata: { name: 'mostrador', generation: 3 },
      spec: { template: { spec: { containers: [{ image: 'a' }, { image: 'b' }] } } },
      status: { observedGeneration: 2 },
    };
    const objects = { deploy: [deployment] };
    expect(await seen('objeto', { tipo: 'deploy', nombre: 'mostrador' }, { objects })).toMatchObject({
      imagenes: ['a', 'b'],
      puestaAlDia: false,
    });
  });

  it.each([
    [['default/mostrador'], 'Existe, pero en el namespace `default`', /Añade `-n panaderia-7f3c`/],
    [['mostradr'], 'el más parecido se llama «mostradr»', /letra a letra/],
    [[], 'Todavía no hay ningún Deployment «mostrador» en `panaderia-7f3c`', /kubectl create/],
  ])('that is not there is looked for near: %j', async (near, why, next) => {
    const asked = { tipo: 'deploy', nombre: 'mostrador', namespace: ns };
    const absent = await observe('objeto', asked, { near });
    expect(absent.state).toBe('absent');
    const advice = kindOf('objeto').absentAdvice(asked, absent);
    expect(advice.why).toContain(why);
    expect(advice.next).toMatch(next);
  });

  it.each([
    ['spec.replicas', "kubectl get deploy mostrador -n panaderia-7f3c -o jsonpath='{.spec.replicas}'"],
    [
      'condiciones.Ready',
      "kubectl get deploy mostrador -n panaderia-7f3c -o jsonpath='{.status.conditions}'",
    ],
    ['metadata.labels.app.kubernetes.io/name', 'kubectl get deploy mostrador -n panaderia-7f3c -o yaml'],
  ])('shows %s with the learner’s own kubectl', (field, command) => {
    const asked = { tipo: 'deploy', nombre: 'mostrador', namespace: ns };
    expect(kindOf('objeto').command(asked, field, { state: 'found', value: {} })).toBe(command);
  });
});

describe('several objects', () => {
  const objects = {
    pods: [
      pod('mostrador-7d4-b'),
      pod('mostrador-7d4-a', waiting('ContainerCreating')),
      pod('otro', { metadata: { name: 'otro', uid: 'x', labels: { app: 'otra' } } }),
    ],
  };

  it('are counted and named in order, with owners and nodes once each', async () => {
    const value = await seen('lista', { tipo: 'pods', selector: 'app=mostrador' }, { objects });
    expect(value).toMatchObject({
      total: 2,
      listos: 1,
      nombres: ['mostrador-7d4-a', 'mostrador-7d4-b'],
      uids: ['uid-mostrador-7d4-a', 'uid-mostrador-7d4-b'],
      duenos: ['ReplicaSet/mostrador-7d4'],
      nodos: ['nodo-1'],
    });
  });

  it('may be those of one owner', async () => {
    const value = await seen('lista', { tipo: 'pods', dueno: 'mostrador-7d4' }, { objects });
    expect(value['nombres']).toEqual(['mostrador-7d4-a', 'mostrador-7d4-b']);
  });

  it('that are going are not ready', async () => {
    const going = pod('a');
    const metadata = { ...(going['metadata'] as JsonObject), deletionTimestamp: '2026-01-01T00:00:00Z' };
    const value = await seen('lista', { tipo: 'pods' }, { objects: { pods: [{ ...going, metadata }] } });
    expect(value).toMatchObject({ total: 1, listos: 0 });
  });
});

describe('endpoints of a Service', () => {
  const service = { metadata: { name: 'mostrador' }, spec: { selector: { app: 'mostrador' } } };
  const slice = (endpoints: readonly JsonObject[] | null): JsonObject => ({
    metadata: {
      name: 'mostrador-x',
      labels: {
        'kubernetes.io/service-name': 'mostrador',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    endpoints: endpoints === null ? null : [...endpoints],
    ports: endpoints === null ? null : [{ port: 80 }],
  });
  const endpoint = (name: string, ready: boolean) => ({
    addresses: [`10.244.0.${name.length}`],
    conditions: { ready },
    targetRef: { name },
  });

  it('are told with what the selector finds', async () => {
    const slices = [slice([endpoint('mostrador-7d4-a', true), endpoint('mostrador-7d4-bb', false)])];
    const objects = {
      service: [service],
      'endpointslices.discovery.k8s.io': slices,
      pods: [pod('mostrador-7d4-a'), pod('mostrador-7d4-bb')],
    };
    expect(await seen('endpoints', { servicio: 'mostrador' }, { objects })).toMatchObject({
      listos: 1,
      total: 2,
      pods: ['mostrador-7d4-a'],
      noListos: ['mostrador-7d4-bb'],
      puertos: [80],
      gestores: ['endpointslice-controller.k8s.io'],
      casan: 2,
      casi: [],
    });
  });

  it('that are none because of one letter say so', async () => {
    const wrong = { ...service, spec: { selector: { app: 'mostrdor' } } };
    const objects = {
      service: [wrong],
      'endpointslices.discovery.k8s.io': [slice(null)],
      pods: [pod('a')],
    };
    expect(await seen('endpoints', { servicio: 'mostrador' }, { objects })).toMatchObject({
      listos: 0,
      total: 0,
      casan: 0,
      casi: ['app=mostrador'],
      puertos: [],
    });
  });

  const past = (...counts: readonly number[]): readonly KubeState[] =>
    counts.map((count, at) => ({
      type: at === 0 ? 'ADDED' : 'MODIFIED',
      resourceVersion: at,
      object: slice(Array.from({ length: count }, (_, n) => endpoint('x'.repeat(n + 1), true))),
    }));

  it.each([
    [[0, 1, 3, 2, 3], 3, { empezo: true, minimo: 2, maximo: 3, cambios: 2 }],
    [[0, 1, 3, 0, 3], 1, { empezo: true, minimo: 0, maximo: 3, cambios: 3 }],
    [[0, 1, 1, 1], 2, { empezo: false, minimo: 0, maximo: 1, cambios: 0 }],
    [[3, 3, 3], 3, { empezo: true, minimo: 3, maximo: 3, cambios: 0 }],
  ])('through time %j, counted from %i on', async (counts, desde, expected) => {
    const recorded = { objects: { service: [service] }, history: past(...counts) };
    expect(await seen('disponibilidad', { servicio: 'mostrador', desde }, recorded)).toEqual(expected);
  });

  it('that went with their slice are none', async () => {
    const history: readonly KubeState[] = [
      ...past(2),
      { type: 'DELETED', resourceVersion: 9, object: slice([]) },
    ];
    const recorded = { objects: { service: [service] }, history };
    expect(await seen('disponibilidad', { servicio: 'mostrador' }, recorded)).toMatchObject({ minimo: 0 });
  });

  it('of a past that is forgotten are not guessed', async () => {
    await expect(observe('disponibilidad', { servicio: 'mostrador' }, {})).rejects.toThrow(/ya no recuerda/);
    await expect(observe('vidas', { tipo: 'pods' }, {})).rejects.toThrow(/ya no recuerda/);
  });
});

describe('traffic', () => {
  const objects = { service: [{ metadata: { name: 'mostrador' } }] };

  it('is counted, with what came and what did not', async () => {
    const answers = [
      { ok: true, status: 200, body: 'a' },
      { ok: true, status: 200, body: 'b' },
      { ok: true, status: 503, body: 'c' },
      { ok: false, why: 'no endpoints available for service "mostrador"' },
    ] as const;
    const value = await seen('trafico', { servicio: 'mostrador', veces: 4 }, { objects, answers });
    expect(value).toEqual({
      estado: 0,
      cuerpo: '',
      porque: 'no endpoints available for service "mostrador"',
      aciertos: 2,
      fallos: 2,
      distintas: 4,
    });
  });

  it('asks at most fifty times', async () => {
    const answers = [{ ok: true, status: 200, body: 'a' }] as const;
    const value = await seen('trafico', { servicio: 'mostrador', veces: 1_000 }, { objects, answers });
    expect(value['aciertos']).toBe(50);
  });

  it('to nobody is an absence', async () => {
    expect(await observe('trafico', { pod: 'x' }, { near: ['xx'] })).toEqual({
      state: 'absent',
      value: { parecidos: ['xx'] },
    });
  });
});

describe('the port of the nodes', () => {
  const objects = {
    service: [{ metadata: { name: 'mostrador' }, spec: { ports: [{ port: 80, nodePort: 30_080 }] } }],
    nodes: [
      { metadata: { name: 'nodo-2' } },
      { metadata: { name: 'nodo-1' } },
      { metadata: { name: 'nodo-3' } },
    ],
    'endpointslices.discovery.k8s.io': [
      {
        metadata: { labels: { 'kubernetes.io/service-name': 'mostrador' } },
        endpoints: [
          { nodeName: 'nodo-1', conditions: { ready: true } },
          { nodeName: 'nodo-3', conditions: { ready: false } },
        ],
      },
    ],
  };

  it('is asked at each node, and tells which has no Pod of its own', async () => {
    const answers = [
      { ok: true, status: 200, body: 'a' },
      { ok: false, why: 'i/o timeout' },
      { ok: true, status: 503, body: 'b' },
    ] as const;
    expect(await seen('nodeport', { servicio: 'mostrador' }, { objects, answers })).toEqual({
      puerto: 30_080,
      responden: ['nodo-1'],
      callan: ['nodo-2', 'nodo-3'],
      sinPods: ['nodo-2', 'nodo-3'],
    });
  });

  it('is asked nowhere when the Service opens none', async () => {
    const closed = {
      ...objects,
      service: [{ metadata: { name: 'mostrador' }, spec: { ports: [{ port: 80 }] } }],
    };
    const value = await seen('nodeport', { servicio: 'mostrador' }, { objects: closed });
    expect(value).toMatchObject({ puerto: 0, responden: [], callan: ['nodo-1', 'nodo-2', 'nodo-3'] });
    expect(kindOf('nodeport').command({ servicio: 'mostrador' }, '', { state: 'found', value })).toBe(
      'kubectl get services',
    );
  });

  it('of a Service that is not there is an absence', async () => {
    expect(await observe('nodeport', { servicio: 'x' }, { near: ['xx'] })).toMatchObject({ state: 'absent' });
  });
});

describe('revisions of a Deployment', () => {
  const set = (revision: number, image: string, ready: number, more: JsonObject = {}) => ({
    metadata: {
      name: `mostrador-${revision}`,
      ownerReferences: [{ kind: 'Deployment', name: 'mostrador', uid: 'd' }],
      annotations: { 'deployment.kubernetes.io/revision': String(revision), ...more },
      labels: { 'pod-template-hash': `h${revision}` },
    },
    spec: { replicas: ready, template: { spec: { containers: [{ image }] } } },
    status: { readyReplicas: ready },
  });
  const back = { 'deployment.kubernetes.io/revision-history': '1,3' };
  const objects = {
    'deployments.apps': [{ metadata: { name: 'mostrador', uid: 'd' } }],
    'replicasets.apps': [
      set(4, 'nginx:1.28', 3, back),
      set(2, 'nginx:1.29', 0),
      { metadata: { name: 'ajeno' }, spec: {} },
    ],
  };

  it('come from the oldest to the current one, and tell each way back', async () => {
    expect(await seen('revisiones', { deployment: 'mostrador' }, { objects })).toMatchObject({
      actual: 4,
      total: 2,
      imagenes: ['nginx:1.29', 'nginx:1.28'],
      imagen: 'nginx:1.28',
      replicas: [0, 3],
      vueltas: 2,
    });
  });
});

describe('lives', () => {
  const state = (type: KubeState['type'], name: string, uid: string, changes: JsonObject = {}): KubeState => {
    const one = pod(name);
    const metadata = { ...(one['metadata'] as JsonObject), uid, ...(changes['metadata'] as JsonObject) };
    return { type, resourceVersion: 1, object: { ...one, ...changes, metadata } };
  };
  const ending = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };

  it('of one that was deleted and came back with another UID', async () => {
    const history = [
      state('ADDED', 'web', '1'),
      state('MODIFIED', 'web', '1', ending),
      state('DELETED', 'web', '1', ending),
      state('ADDED', 'web', '2', waiting('ErrImagePull')),
    ];
    expect(await seen('vidas', { tipo: 'pods' }, { history })).toEqual({
      nacidos: 2,
      muertos: 1,
      vivos: 1,
      nombresMuertos: ['web'],
      renacidos: ['web'],
      reemplazos: 1,
      soltados: 0,
      soltadosNombres: [],
      fases: ['Pending', 'Running'],
      esperas: ['ErrImagePull'],
      imagenes: ['nginx:1.29-alpine'],
    });
  });

  it('of one that its owner let go', async () => {
    const history = [
      state('ADDED', 'a', '1'),
      state('MODIFIED', 'a', '1', { metadata: { ownerReferences: [] } }),
      state('ADDED', 'b', '2'),
    ];
    expect(await seen('vidas', { tipo: 'pods' }, { history })).toMatchObject({
      soltados: 1,
      soltadosNombres: ['a'],
      muertos: 0,
      reemplazos: 0,
    });
  });

  it('may be those with a label or a name', async () => {
    const history = [
      state('ADDED', 'a', '1'),
      state('ADDED', 'b', '2', { metadata: { labels: { app: 'otra' } } }),
    ];
    const of = (params: JsonObject) => seen('vidas', { tipo: 'pods', ...params }, { history });
    expect(await of({ selector: 'app=otra' })).toMatchObject({ nacidos: 1 });
    expect(await of({ selector: 'app' })).toMatchObject({ nacidos: 2 });
    expect(await of({ nombre: 'a' })).toMatchObject({ nacidos: 1 });
    expect(await of({ nombre: 'c' })).toMatchObject({ nacidos: 0, vivos: 0 });
  });
});

describe('events', () => {
  const event = (name: string, reason: string, lastTimestamp: string | null, type = 'Normal') => ({
    metadata: { name, creationTimestamp: '2026-01-01T00:00:09Z' },
    involvedObject: { kind: 'Pod', name },
    reason,
    type,
    message: `${reason} de ${name}`,
    lastTimestamp,
  });
  const events = [
    event('mostrador-a', 'BackOff', '2026-01-01T00:00:05Z', 'Warning'),
    event('mostrador-b', 'Pulled', null),
    event('otro', 'BackOff', '2026-01-01T00:00:01Z', 'Warning'),
  ];

  it.each([
    [{}, ['BackOff de otro', 'BackOff de mostrador-a', 'Pulled de mostrador-b'], 2],
    [{ objeto: 'mostrador-*' }, ['BackOff de mostrador-a', 'Pulled de mostrador-b'], 1],
    [{ objeto: 'mostrador-*', motivo: 'BackOff' }, ['BackOff de mostrador-a'], 1],
    [{ objeto: 'mostrador' }, [], 0],
  ])('%j from the oldest to the newest', async (params, mensajes, avisos) => {
    const value = await seen('sucesos', params, { objects: { events } });
    expect(value).toMatchObject({ mensajes, avisos, total: mensajes.length });
  });
});

describe('what only the built-in cluster tells', () => {
  const master = (name: string, role: string, commitIndex: number) => ({
    name,
    role,
    term: 4,
    commitIndex,
    reachable: role !== 'stopped',
  });

  it('its masters', async () => {
    const masters = async () => [
      master('master-1', 'stopped', 3),
      master('master-2', 'leader', 9),
      master('master-3', 'follower', 8),
    ];
    expect(await seen('masters', {}, { builtin: { masters, paused: async () => true } })).toMatchObject({
      enPausa: true,
      lider: 'master-2',
      termino: 4,
      vivos: 2,
      total: 3,
      quorum: true,
      comprometido: 9,
      iguales: false,
      parados: ['master-1'],
    });
  });

  it('masters without a majority', async () => {
    const masters = async () => [
      master('master-1', 'stopped', 3),
      master('master-2', 'candidate', 9),
      master('master-3', 'stopped', 9),
    ];
    expect(await seen('masters', {}, { builtin: { masters, paused: async () => false } })).toMatchObject({
      enPausa: false,
      lider: '',
      quorum: false,
      vivos: 1,
      iguales: true,
    });
  });

  it('what people asked for, since the attempt began', async () => {
    const queries: JsonObject[] = [];
    const audit = async (query: object) => {
      queries.push(query as JsonObject);
      return [
        { verb: 'create', name: 'a', code: 201, user: 'ana' },
        { verb: 'create', name: 'b', code: 429, user: 'ana' },
      ];
    };
    const params = { verbos: ['create'], recurso: 'pods', subrecurso: 'eviction' };
    expect(await seen('auditoria', params, { builtin: { audit } })).toMatchObject({
      total: 2,
      aceptadas: 1,
      rechazadas: 1,
      codigos: [201, 429],
      nombres: ['a', 'b'],
      usuarios: ['ana'],
    });
    expect(queries).toEqual([
      { sinceMs: 1_000, resource: 'pods', subresource: 'eviction', namespace: ns, verbs: ['create'] },
    ]);
  });

  it.each(['masters', 'auditoria'])('%s are not on a cluster of one’s own', async (name) => {
    await expect(observe(name, {}, {})).rejects.toThrow(/solo se puede mirar en el clúster integrado/);
  });
});

describe('permissions', () => {
  it('are asked one by one, for whom it is about', async () => {
    const puede = ['get pods', 'delete pods/mostrador', 'create deployments.apps'];
    const value = await seen('permisos', { puede }, { allowed: ['get pods', 'create deployments.apps'] });
    expect(value).toEqual({ si: ['get pods', 'create deployments.apps'], no: ['delete pods/mostrador'] });
    const params = { puede, namespace: ns, usuario: `system:serviceaccount:${ns}:horno` };
    expect(kindOf('permisos').command(params, '', { state: 'found', value: {} })).toBe(
      `kubectl auth can-i get pods -n ${ns} --as system:serviceaccount:${ns}:horno`,
    );
  });
});
