import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { KubeView } from '../../checks/backend.ts';
import type { Attempt } from '../../course/model.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import { timeToMs } from '../../kube/time.ts';
import { courseLabel } from './scene.ts';

const namespaces: ResourceRef = { group: '', version: 'v1', plural: 'namespaces' };
const serviceAccounts: ResourceRef = { group: '', version: 'v1', plural: 'serviceaccounts' };

const pollMs = 50;
/** Without its ServiceAccount no Pod is admitted; a paused cluster never makes it. */
const accountMs = 10_000;
/** One that is being deleted keeps its name until its Pods have ended. */
const goingMs = 60_000;

/** The namespace of an attempt: its parameter `ns`. */
export function namespaceOf(attempt: Attempt | undefined): string | undefined {
  const name = attempt?.parameters['ns'];
  return typeof name === 'string' ? name : undefined;
}

/** Makes the attempt's namespace, labelled as its own, and waits until Pods can be made in it. One that is there stays. */
export async function makeNamespace(
  client: KubeClient,
  clock: Clock,
  { token }: Pick<Attempt, 'token'>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const goneBy = clock.now() + goingMs;
  for (;;) {
    const found = await client.find(namespaces, '', name);
    if (found !== undefined && found.metadata.deletionTimestamp == null) break;
    if (found === undefined || clock.now() > goneBy) {
      await create(client, name, token);
      break;
    }
    await clock.sleep(pollMs, signal);
  }
  const readyBy = clock.now() + accountMs;
  while ((await client.find(serviceAccounts, name, 'default')) === undefined && clock.now() < readyBy)
    await clock.sleep(pollMs, signal);
}

async function create(client: KubeClient, name: string, token: string): Promise<void> {
  const metadata = { name, labels: { [courseLabel]: token } };
  try {
    await client.create(namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata } as KubeObject);
  } catch (error) {
    // Two of us at the same time.
    if (!(error instanceof StatusError && error.status.reason === 'AlreadyExists')) throw error;
  }
}

/** Whether it is there and stays. */
export async function hasNamespace(client: KubeClient, name: string): Promise<boolean> {
  const found = await client.find(namespaces, '', name);
  return found !== undefined && found.metadata.deletionTimestamp == null;
}

const startFile = '.curso-inicio';

/**
 * Notes when the attempt began by the cluster's own clock, which may be paused, hurried or simply another machine's: what
 * happened since is told by that.
 */
export async function noteStart(folder: string, startMs: number): Promise<void> {
  await writeFile(path.join(folder, startFile), `${startMs}\n`);
}

/** When a namespace was made, Unix ms; undefined when there is none. */
export async function madeMs(client: KubeClient, name: string): Promise<number | undefined> {
  const found = await client.find(namespaces, '', name);
  const created = timeToMs(found?.metadata.creationTimestamp);
  return Number.isNaN(created) ? undefined : created;
}

/** The same view, asked about the past by the cluster's own clock. */
export function sinceStart(view: KubeView, folder: string): KubeView {
  const startMs = async (fallback: number): Promise<number> => {
    const written = Number(await readFile(path.join(folder, startFile), 'utf8').catch(() => ''));
    return written > 0 ? written : fallback;
  };
  const { builtin } = view;
  return {
    ...view,
    history: async (kind, namespace, sinceMs) => view.history(kind, namespace, await startMs(sinceMs)),
    ...(builtin === undefined
      ? {}
      : {
          builtin: {
            ...builtin,
            audit: async (query) => builtin.audit({ ...query, sinceMs: await startMs(query.sinceMs) }),
          },
        }),
  };
}
