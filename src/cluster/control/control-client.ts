import { request } from 'node:http';
import type {
  AuditQuery,
  AuditRecord,
  ClusterStatus,
  ComponentAction,
  MasterAction,
  NodeAction,
  ProbeReport,
  SchedulingReport,
  TimeAction,
} from './contract.ts';
import { controlVersion, FaultRefused } from './contract.ts';
import type { RunState } from './state-file.ts';

/** The process is there and does not answer. `message` is Spanish; `why` is its reason alone. */
export class ControlSilent extends Error {
  readonly why: string;
  constructor(why: string) {
    super(`el proceso del clúster no contesta (${why})`);
    this.why = why;
  }
}

export interface ControlClient {
  /** Rejects with `ControlSilent`. */
  status(): Promise<ClusterStatus>;
  /** Rejects with `FaultRefused` or `ControlSilent`. */
  fault(master: number, action: MasterAction): Promise<ClusterStatus>;
  nodeFault(node: string, action: NodeAction): Promise<ClusterStatus>;
  component(name: string, action: ComponentAction): Promise<ClusterStatus>;
  time(action: TimeAction): Promise<ClusterStatus>;
  rules(node: string): Promise<string>;
  probe(pod: { readonly namespace: string; readonly name: string }, url: string): Promise<ProbeReport>;
  decision(namespace: string, name: string): Promise<SchedulingReport | undefined>;
  save(file: string): Promise<void>;
  audit(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** Resolves when the process has taken note; it may take a moment to end. */
  stop(): Promise<void>;
}

/** Talks to the control server of a running cluster; each call waits at most `timeoutMs`. */
export function controlClient(control: RunState['control'], timeoutMs = 5_000): ControlClient {
  const call = (method: string, path: string, version = `/${controlVersion}`): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const silent = (why: string) => reject(new ControlSilent(why));
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: control.port,
          path: `${version}${path}`,
          method,
          agent: false,
          timeout: timeoutMs,
          headers: { authorization: `Bearer ${control.token}` },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', (error) => silent(error.message));
          response.on('end', () => {
            const body = parse(text);
            if (response.statusCode === 200) resolve(body);
            else if (response.statusCode === 409) reject(new FaultRefused(errorOf(body)));
            else if (response.statusCode === 404) silent('es de otra versión del curso');
            else silent(`código ${response.statusCode}: ${errorOf(body)}`);
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('se acabó el tiempo')));
      outgoing.on('error', (error) => silent(error.message));
      outgoing.end();
    });
  const act = async (...words: string[]) => (await call('POST', pathOf(...words))) as ClusterStatus;
  return {
    status: async () => (await call('GET', '/estado')) as ClusterStatus,
    fault: (master, action) => act('master', String(master), action),
    nodeFault: (node, action) => act('nodo', node, action),
    component: (name, action) => act('componente', name, action),
    time: (action) =>
      act(
        'reloj',
        action.kind,
        ...('ms' in action ? [`${action.ms}`] : 'speed' in action ? [`${action.speed}`] : []),
      ),
    rules: async (node) => ((await call('GET', pathOf('reglas', node))) as { rules: string }).rules,
    probe: async ({ namespace, name }, url) =>
      (await call(
        'GET',
        `${pathOf('probar', namespace, name)}?url=${encodeURIComponent(url)}`,
      )) as ProbeReport,
    save: async (file) => {
      await act('guardar', file);
    },
    audit: async (query) => {
      const path = `${pathOf('auditoria')}?consulta=${encodeURIComponent(JSON.stringify(query))}`;
      return ((await call('GET', path)) as { records: readonly AuditRecord[] }).records;
    },
    decision: async (namespace, name) =>
      ((await call('GET', pathOf('decision', namespace, name))) as { decision?: SchedulingReport }).decision,
    stop: async () => {
      await call('POST', '/detener', '');
    },
  };
}

const pathOf = (...words: readonly string[]) => `/${words.map(encodeURIComponent).join('/')}`;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function errorOf(body: unknown): string {
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : 'respuesta extraña';
}
