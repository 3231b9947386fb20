import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Unavailable } from '../../checks/backend.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import type { Attempt } from '../../course/model.ts';
import type { World, WorldFacts } from '../../course/world.ts';
import { createClient } from '../../kube/create-client.ts';
import { couldNotLook } from '../kubernetes/advice.ts';
import { createBuiltinView } from '../kubernetes/builtin.ts';
import { createHttpsTransport, type HttpsTransport } from '../kubernetes/https-transport.ts';
import { type ClusterAccess, readKubeconfig } from '../kubernetes/kubeconfig.ts';
import { cleanObjects } from '../kubernetes/scene.ts';
import { createKubeView, type KubeLink } from '../kubernetes/view.ts';
import { drawnNames } from './drawn-names.ts';
import { type ClusterPart, createHostWorld, type Surroundings } from './host-world.ts';

/** Worlds over a Kubernetes cluster: the built-in one, or the one of a context of the learner's kubeconfig. */
export interface ClusterWorlds {
  /** When the cluster cannot be looked at, its checks are `unknown` with the remedy. */
  open(around: Surroundings, cgroup: WorldFacts['cgroup'] | undefined, signal: AbortSignal): Promise<World>;
  close(): void;
}

/** How the built-in cluster is found. A port: only commands know where its process is. */
export type FindBuiltin = () => Promise<
  | { readonly ok: true; readonly kubeconfig: string; readonly control: ControlClient }
  | { readonly ok: false; readonly unavailable: Unavailable }
>;

interface Link {
  readonly access: ClusterAccess;
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
        ? linkBuiltin(around, options.findBuiltin)
        : linkContext(around, options.context));
      if ('unavailable' in found) {
        const announcement = `${found.unavailable.why} Puedes leer la lección y hacer su quiz.`;
        return createHostWorld(around, facts(announcement, { cluster: found.unavailable }), {});
      }
      links.push(found);
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

async function linkBuiltin(
  around: Surroundings,
  find: FindBuiltin,
): Promise<Link | { readonly unavailable: Unavailable }> {
  const found = await find();
  if (!found.ok) return found;
  try {
    const access = await readKubeconfig({ env: { KUBECONFIG: found.kubeconfig } });
    return link(around, access, found.kubeconfig, found.control);
  } catch (error) {
    return { unavailable: couldNotLook(error, startAdvice).unavailable };
  }
}

async function linkContext(
  around: Surroundings,
  context: string,
): Promise<Link | { readonly unavailable: Unavailable }> {
  const start = `Comprueba que \`kubectl --context ${context} get namespaces\` contesta.`;
  try {
    const access = await readKubeconfig({ env: around.env, context });
    const made = link(around, access, around.env['KUBECONFIG'], undefined);
    // Told now, and not at the first check: nobody is there, or the credential is no longer good.
    await made.kube.view.get('namespace', '', 'default');
    return made;
  } catch (error) {
    return { unavailable: couldNotLook(error, start).unavailable };
  }
}

function link(
  around: Surroundings,
  access: ClusterAccess,
  kubeconfig: string | undefined,
  control: ControlClient | undefined,
): Link {
  const { clock } = around;
  const https = createHttpsTransport(access, clock);
  const client = createClient(https.transport, { userAgent: 'curso-k8s' });
  const kube = createKubeView({
    client,
    clock,
    level: control === undefined ? 'real' : 'integrado',
    kubectl: 'kubectl',
    start: control === undefined ? 'Comprueba que tu kubectl llega a él.' : startAdvice,
    ...(control === undefined ? {} : { builtin: createBuiltinView(control, startAdvice) }),
  });
  const part: ClusterPart = {
    view: kube.view,
    onChange: (listener) => kube.onChange(listener),
    environment: (attempt, folder) => environmentOf(access, kubeconfig, attempt, folder),
    clean: (token) => cleanObjects(client, { token }),
    cleanProof: (attempt) => cleanObjects(client, { token: attempt.token, names: drawnNames(attempt) }),
  };
  return { access, https, kube, part };
}

/**
 * A kubeconfig of the attempt's own in front of the cluster's: it only says which context, and that its namespace is the
 * attempt's, so that nobody has to write `-n` each time. What kubectl writes goes there and not to the learner's.
 */
function environmentOf(
  access: ClusterAccess,
  kubeconfig: string | undefined,
  attempt: Attempt | undefined,
  folder: string,
): { readonly [name: string]: string } {
  const rest = kubeconfig === undefined ? [] : [kubeconfig];
  const namespace = attempt?.parameters['ns'];
  if (typeof namespace !== 'string')
    return rest.length === 0 ? {} : { KUBECONFIG: rest.join(path.delimiter) };
  const own = path.join(folder, 'kubeconfig');
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'curso',
    contexts: [{ name: 'curso', context: { cluster: access.clusterName, user: access.userName, namespace } }],
  });
  try {
    writeFileSync(own, `${text}\n`, { mode: 0o600 });
  } catch {
    // A full disk, say: the context without the namespace is better than no shell.
    return rest.length === 0 ? {} : { KUBECONFIG: rest.join(path.delimiter) };
  }
  return { KUBECONFIG: [own, ...(kubeconfig === undefined ? [access.file] : rest)].join(path.delimiter) };
}
