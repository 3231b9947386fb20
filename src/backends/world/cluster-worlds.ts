import { CouldNotLook, type Unavailable } from '../../checks/backend.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import type { World, WorldFacts } from '../../course/world.ts';
import { createClient } from '../../kube/create-client.ts';
import { couldNotLook } from '../kubernetes/advice.ts';
import {
  hasNamespace,
  madeMs,
  makeNamespace,
  namespaceOf,
  noteStart,
  sinceStart,
} from '../kubernetes/attempt-space.ts';
import { createBuiltinView } from '../kubernetes/builtin.ts';
import { createHttpsTransport, type HttpsTransport } from '../kubernetes/https-transport.ts';
import { type ClusterAccess, readKubeconfig } from '../kubernetes/kubeconfig.ts';
import { kubectlEnvironment } from '../kubernetes/kubectl-environment.ts';
import { putBack } from '../kubernetes/put-back.ts';
import { cleanObjects, cleanShared } from '../kubernetes/scene.ts';
import { createKubeView, type KubeLink } from '../kubernetes/view.ts';
import { drawnNames } from './drawn-names.ts';
import { type ClusterPart, createHostWorld, joinReports, type Surroundings } from './host-world.ts';

/** Worlds over a Kubernetes cluster: the built-in one, or the one of a context of the learner's kubeconfig. */
export interface ClusterWorlds {
  /** When the cluster cannot be looked at, its checks are `unknown` with the remedy. */
  open(around: Surroundings, cgroup: WorldFacts['cgroup'] | undefined, signal: AbortSignal): Promise<World>;
  close(): void;
}

/** How the built-in cluster is found. A port: only commands know where its process is. */
export type FindBuiltin = () => Promise<
  | {
      readonly ok: true;
      /** Another for each process of a cluster. */
      readonly key: string;
      readonly kubeconfig: string;
      readonly control: ControlClient;
      /** The pace that its clock was started with. */
      readonly speed: number;
    }
  | { readonly ok: false; readonly unavailable: Unavailable }
>;

interface Link {
  /** What it was made of: the same again is the same link, with its watches. */
  readonly key: string;
  readonly https: HttpsTransport;
  readonly kube: KubeLink;
  readonly part: ClusterPart;
}

const startAdvice = 'Arráncalo con `curso cluster iniciar`.';

/** `context` undefined: the built-in cluster. */
export function createClusterWorlds(options: {
  readonly findBuiltin: FindBuiltin;
  readonly context?: string | undefined;
}): ClusterWorlds {
  const links: Link[] = [];
  return {
    async open(around, cgroup = 'desconocido', signal) {
      signal.throwIfAborted();
      const facts = (announcement: string, missing: WorldFacts['missing']): WorldFacts => ({
        cgroup,
        rung: 'none',
        announcement,
        missing,
      });
      const found = await (options.context === undefined
        ? linkBuiltin(around, options.findBuiltin, links)
        : linkContext(around, options.context, links));
      if ('unavailable' in found) {
        const announcement = `${found.unavailable.why} Puedes leer la lección y hacer su quiz.`;
        return createHostWorld(around, facts(announcement, { cluster: found.unavailable }), {});
      }
      if (!links.includes(found)) links.push(found);
      const announcement =
        options.context === undefined
          ? 'Trabajas con el clúster integrado de esta computadora.'
          : `Trabajas con el clúster del contexto «${options.context}» de tu kubeconfig.`;
      return createHostWorld(around, facts(announcement, {}), { cluster: found.part });
    },
    close() {
      for (const { kube, https } of links.splice(0)) {
        kube.close();
        https.close();
      }
    },
  };
}

type Found = Link | { readonly unavailable: Unavailable };

async function linkBuiltin(around: Surroundings, find: FindBuiltin, links: readonly Link[]): Promise<Found> {
  const found = await find();
  if (!found.ok) return found;
  const known = links.find(({ key }) => key === found.key);
  if (known !== undefined) return known;
  try {
    const access = await readKubeconfig({ env: { KUBECONFIG: found.kubeconfig } });
    return link(around, access, found.key, found);
  } catch (error) {
    return { unavailable: couldNotLook(error, startAdvice).unavailable };
  }
}

async function linkContext(around: Surroundings, context: string, links: readonly Link[]): Promise<Found> {
  const known = links.find(({ key }) => key === context);
  if (known !== undefined) return known;
  const start = `Comprueba que \`kubectl --context ${context} get namespaces\` contesta.`;
  try {
    const access = await readKubeconfig({ env: around.env, context });
    const made = link(around, access, context, undefined);
    try {
      // Told now, and not at the first check: nobody is there, or the credential is no longer good.
      await made.kube.view.get('namespace', '', 'default');
      return made;
    } catch (error) {
      made.kube.close();
      made.https.close();
      throw error;
    }
  } catch (error) {
    return { unavailable: couldNotLook(error, start).unavailable };
  }
}

function link(
  around: Surroundings,
  access: ClusterAccess,
  key: string,
  builtin:
    | { readonly kubeconfig: string; readonly control: ControlClient; readonly speed: number }
    | undefined,
): Link {
  const { clock } = around;
  const https = createHttpsTransport(access, clock);
  const client = createClient(https.transport, { userAgent: 'curso-k8s' });
  const advice = builtin === undefined ? 'Comprueba que tu kubectl llega a él.' : startAdvice;
  const told = builtin === undefined ? undefined : createBuiltinView(builtin.control, startAdvice);
  const kube = createKubeView({
    client,
    clock,
    level: builtin === undefined ? 'real' : 'integrado',
    kubectl: 'kubectl',
    start: advice,
    ...(told === undefined ? {} : { builtin: told }),
  });
  const asking = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw couldNotLook(error, advice);
    }
  };
  const back = (signal: AbortSignal) =>
    builtin === undefined ? Promise.resolve() : putBack({ ...builtin, client, clock }, signal);
  const kubeconfig = builtin?.kubeconfig ?? around.env['KUBECONFIG'];
  const part: ClusterPart = {
    viewFor: (folder) => sinceStart(kube.view, folder),
    onChange: (listener) => kube.onChange(listener),
    environment: (attempt, folder) =>
      kubectlEnvironment(access, kubeconfig, namespaceOf(attempt), folder, builtin === undefined),
    clean: (token) => cleanObjects(client, { token }),
    async cleanProof(attempt, played) {
      const own = await cleanObjects(client, { token: attempt.token, names: drawnNames(attempt) });
      const others = builtin === undefined ? { removed: [], left: [] } : await cleanShared(client, played);
      return joinReports([own, others]);
    },
    begin: (attempt, folder, exercise, signal) =>
      asking(async () => {
        if (exercise.needs?.includes('cluster-entero') === true) {
          if (builtin === undefined) throw new CouldNotLook(onlyBuiltin);
          await back(signal);
        }
        const name = namespaceOf(attempt);
        if (name !== undefined) await makeNamespace(client, clock, attempt, name, signal);
        const made = name === undefined ? undefined : await madeMs(client, name);
        await noteStart(folder, (await told?.now()) ?? made ?? clock.now());
      }),
    begun: async (attempt) => {
      const name = namespaceOf(attempt);
      return name === undefined || (await hasNamespace(client, name).catch(() => true));
    },
    putBack: (signal) => asking(() => back(signal)),
  };
  return { key, https, kube, part };
}

const onlyBuiltin: Unavailable = {
  reason: 'cluster-missing',
  why: 'Este ejercicio apaga masters, nodos o el reloj: solo se hace en el clúster integrado.',
  next: 'Repite la orden sin `--contexto`.',
};
