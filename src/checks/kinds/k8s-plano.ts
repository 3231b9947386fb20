import type { JsonObject } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';
import {
  builtinOf,
  clusterLevel,
  clusterOf,
  clusterPollMs,
  namespaceFlag,
  namespaceOf,
  namespaceParam,
} from './k8s-access.ts';

/** What people asked the API for. */
export const k8sAuditoria: CheckKind = {
  name: 'k8s.auditoria',
  view: 'cluster',
  doc: 'Las peticiones que alguien hizo a la API desde que empezó el intento (solo en el clúster integrado).',
  params: {
    verbos: { type: 'list', doc: '`create`, `update`, `patch`, `delete`, `get`…; sin ella, todos' },
    recurso: { type: 'text', doc: 'en plural: `pods`' },
    subrecurso: { type: 'text', doc: '`eviction`, `scale`, `log`…' },
    nombre: { type: 'text', doc: 'nombre del objeto' },
    namespace: namespaceParam,
    componentes: { type: 'boolean', doc: 'true: también las de los componentes del clúster' },
  },
  fields: {
    total: 'cuántas hubo',
    aceptadas: 'cuántas se aceptaron (código menor que 400)',
    rechazadas: 'cuántas no',
    codigos: 'sus códigos, en orden',
    nombres: 'los objetos de los que trataban, cada uno una vez',
    usuarios: 'quién las hizo, cada uno una vez',
    peticiones: 'lista de `{verb, name, code, user, reason, kubectlCommand}`',
  },
  object: () => 'la auditoría del API server',
  command: (params) => {
    const name = textOf(params, 'nombre');
    return `curso explicar ${textOf(params, 'recurso', 'pods')}${name === '' ? '' : `/${shellWord(name)}`}${namespaceFlag(params)}`;
  },
  absentAdvice: () => ({
    why: 'Nadie ha pedido eso todavía.',
    next: 'Hazlo con kubectl y vuelve a comprobar.',
  }),
  async observe({ backend, attempt }, params) {
    const given = (name: string, key: string) =>
      textOf(params, name) === '' ? {} : { [key]: textOf(params, name) };
    const found = await builtinOf(backend).audit({
      sinceMs: attempt.startedAtMs,
      ...given('recurso', 'resource'),
      ...given('subrecurso', 'subresource'),
      ...given('nombre', 'name'),
      ...given('namespace', 'namespace'),
      ...(params['verbos'] === undefined ? {} : { verbs: asList(params['verbos']).map(String) }),
      ...(params['componentes'] === true ? { components: true } : {}),
    });
    const codes = found.map((one) => Number(one['code']));
    const unique = (key: string) =>
      [...new Set(found.map((one) => String(one[key] ?? '')))].filter((one) => one !== '');
    return {
      state: 'found',
      value: {
        total: found.length,
        aceptadas: codes.filter((code) => code < 400).length,
        rechazadas: codes.filter((code) => code >= 400).length,
        codigos: codes,
        nombres: unique('name'),
        usuarios: unique('user'),
        peticiones: found,
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};

/** Who leads the store, and who is there. */
export const k8sMasters: CheckKind = {
  name: 'k8s.masters',
  view: 'cluster',
  doc: 'Los masters del clúster integrado y su papel en Raft (`curso master`).',
  params: {},
  fields: {
    lider: 'nombre del líder; vacío si no hay',
    termino: 'el mayor término que se ha visto',
    vivos: 'cuántos están en marcha y se oyen',
    total: 'cuántos son',
    quorum: 'true si los vivos son mayoría',
    comprometido: 'el mayor índice comprometido',
    iguales: 'true si todos los vivos tienen el mismo índice comprometido',
    parados: 'nombres de los que no están en marcha',
    enPausa: 'true si el reloj del clúster está en pausa',
    masters: 'lista de `{name, role, term, commitIndex, reachable}`',
  },
  object: () => 'los masters',
  command: () => 'curso master',
  absentAdvice: () => ({
    why: 'No hay ningún master.',
    next: 'Arranca el clúster con `curso cluster iniciar`.',
  }),
  async observe({ backend }) {
    const builtin = builtinOf(backend);
    const [masters, paused] = await Promise.all([builtin.masters(), builtin.paused()]);
    const alive = masters.filter((one) => one['reachable'] === true && one['role'] !== 'stopped');
    const commits = alive.map((one) => Number(one['commitIndex']));
    return {
      state: 'found',
      value: {
        lider: String(alive.find((one) => one['role'] === 'leader')?.['name'] ?? ''),
        termino: Math.max(0, ...masters.map((one) => Number(one['term']))),
        vivos: alive.length,
        total: masters.length,
        quorum: alive.length > masters.length / 2,
        comprometido: Math.max(0, ...commits),
        iguales: new Set(commits).size <= 1,
        parados: masters.filter((one) => one['role'] === 'stopped').map((one) => String(one['name'])),
        enPausa: paused,
        masters,
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};

/** What somebody may do, as a table. */
export const k8sPermisos: CheckKind = {
  name: 'k8s.permisos',
  view: 'cluster',
  doc: 'Qué puede hacer alguien (`kubectl auth can-i`), pregunta por pregunta.',
  params: {
    puede: {
      type: 'list',
      required: true,
      doc: 'preguntas: `get pods`, `create deployments.apps`, `delete pods/mostrador`',
    },
    usuario: {
      type: 'text',
      doc: 'por quién se pregunta: `system:serviceaccount:panaderia:horno`; sin él, por ti',
    },
    namespace: namespaceParam,
  },
  fields: {
    si: 'las preguntas que se contestan que sí, en orden',
    no: 'las que no, en orden',
  },
  object: (params) => `los permisos de ${textOf(params, 'usuario', 'tu usuario')}`,
  command: (params) => {
    const user = textOf(params, 'usuario');
    const first = String(asList(params['puede'])[0] ?? 'get pods');
    return `kubectl auth can-i ${first}${namespaceFlag(params)}${user === '' ? '' : ` --as ${shellWord(user)}`}`;
  },
  absentAdvice: () => ({ why: 'No hay nada que preguntar.', next: 'Revisa el nombre del usuario.' }),
  async observe({ backend }, params) {
    const view = clusterOf(backend);
    const user = textOf(params, 'usuario');
    const questions = asList(params['puede']).map(String);
    const answers = await Promise.all(
      questions.map((question) => {
        const [verb = '', what = ''] = question.split(/\s+/);
        const [resource = '', name] = what.split('/');
        return view.canI({
          verb,
          resource,
          namespace: namespaceOf(params),
          ...(name === undefined ? {} : { name }),
          ...(user === '' ? {} : { user, groups: groupsOf(user) }),
        });
      }),
    );
    return {
      state: 'found',
      value: {
        si: questions.filter((_, at) => answers[at] === true),
        no: questions.filter((_, at) => answers[at] === false),
      },
    };
  },
  level: clusterLevel,
  pollMs: clusterPollMs,
};

/** A ServiceAccount is in the groups of all of them and of its namespace's. */
function groupsOf(user: string): readonly string[] {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(user)?.[1];
  return [
    'system:authenticated',
    ...(namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]),
  ];
}

/** What was told about objects, as `kubectl events` shows it. */
export const k8sSucesos: CheckKind = {
  name: 'k8s.sucesos',
  view: 'cluster',
  doc: 'Los sucesos (Events) de un namespace que hablan de un objeto o tienen un motivo.',
  params: {
    namespace: namespaceParam,
    objeto: { type: 'text', doc: 'nombre del objeto; con `*` al final, los que empiezan así' },
    motivo: { type: 'text', doc: '`Failed`, `BackOff`, `ScalingReplicaSet`…' },
  },
  fields: {
    total: 'cuántos hay (uno que se repite cuenta una vez)',
    motivos: 'sus motivos, cada uno una vez',
    mensajes: 'sus mensajes, del más viejo al más nuevo',
    avisos: 'cuántos son de tipo `Warning`',
  },
  object: (params) => `los sucesos de ${namespaceOf(params)}`,
  command: (params) => `kubectl events${namespaceFlag(params)}`,
  absentAdvice: () => ({ why: 'Todavía no ha pasado nada.', next: 'Mira con `kubectl events`.' }),
  async observe({ backend }, params) {
    const [about, reason] = [textOf(params, 'objeto'), textOf(params, 'motivo')];
    const events = await clusterOf(backend).list('events', namespaceOf(params));
    const name = (event: JsonObject) => String(asObject(event['involvedObject'])['name'] ?? '');
    const fits = (written: string) =>
      about === '' || written === about || (about.endsWith('*') && written.startsWith(about.slice(0, -1)));
    const when = (event: JsonObject) =>
      String(
        event['lastTimestamp'] ??
          event['eventTime'] ??
          asObject(event['metadata'])['creationTimestamp'] ??
          '',
      );
    const chosen = events
      .filter((event) => fits(name(event)) && (reason === '' || event['reason'] === reason))
      .sort((a, b) => (when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : 0));
    return {
      state: 'found',
      value: {
        total: chosen.length,
        motivos: [...new Set(chosen.map((event) => String(event['reason'] ?? '')))].sort(),
        mensajes: chosen.map((event) => String(event['message'] ?? '')),
        avisos: chosen.filter((event) => event['type'] === 'Warning').length,
      },
    };
  },
  level: clusterLevel,
};
