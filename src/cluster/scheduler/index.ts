import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient } from '../../kube/client.ts';
import { SchedulerCache } from './cache/cache.ts';
import { createDecisionLog, type DecisionLog } from './decision-log.ts';
import { createSeriesRecorder } from './event-series.ts';
import { Framework } from './framework/framework.ts';
import { allOf, createInformers } from './informers.ts';
import { defaultPlugins } from './plugins/index.ts';
import { Nominator } from './queue/nominator.ts';
import { SchedulingQueue } from './queue/scheduling-queue.ts';
import { Scheduler } from './scheduler.ts';
import { AssumeCache } from './volumes/assume-cache.ts';
import { watchCluster } from './watch-cluster.ts';

export interface SchedulerOptions {
  /** Speaks as `system:kube-scheduler`. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Something that should not happen and is tried again; for the log of the cluster. */
  readonly trouble: (what: string, error: unknown) => void;
  /** Where to keep why each Pod went where it did. */
  readonly decisions?: DecisionLog;
  /** Where it runs, for its events. */
  readonly host?: string;
}

export interface RunningScheduler {
  /** Resolves when nothing is being written any more; Pods that wait for volumes are left as they are. */
  stop(): Promise<void>;
}

export type { DecisionLog };

const schedulerName = 'default-scheduler';

/** Places Pods that ask for `default-scheduler` on nodes, with upstream's default profile. Mirrors cmd/kube-scheduler. */
export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const { client, clock, random, trouble } = options;
  const informers = createInformers(client, clock, (error) => trouble('scheduler informer', error));
  const events = createSeriesRecorder({
    client,
    clock,
    host: options.host ?? 'master-1',
    onTrouble: (error) => trouble('scheduler event', error),
  });
  const cache = new SchedulerCache();
  const nominator = new Nominator();
  const caches = {
    claims: new AssumeCache(informers.claims),
    volumes: new AssumeCache(informers.volumes),
  };
  const plugins = defaultPlugins(informers, {
    client,
    clock,
    caches,
    snapshot: () => cache.snapshot(),
    podIsThere: ({ namespace, name, uid }) => informers.pods.get(namespace, name)?.metadata.uid === uid,
  });
  const framework = new Framework(plugins, nominator);
  const queue = new SchedulingQueue({
    clock,
    plugins,
    nominator,
    admit: ({ pod }) => framework.preEnqueue(pod),
    onReady: () => scheduler.wake(),
  });
  const scheduler = new Scheduler({
    client,
    clock,
    random,
    trouble,
    decisions: options.decisions ?? createDecisionLog(1),
    framework,
    cache,
    queue,
    nominator,
    pods: informers.pods,
    budgets: informers.budgets,
    events,
  });
  watchCluster(informers, cache, queue, schedulerName, trouble);
  const all = allOf(informers);
  for (const informer of all) informer.start();
  const running = Promise.all(all.map(({ synced }) => synced)).then(
    () => scheduler.run(),
    () => undefined, // stopped before it began
  );
  return {
    async stop() {
      for (const informer of all) informer.stop();
      queue.close();
      await scheduler.stop();
      await running;
      events.stop();
      await events.flush();
    },
  };
}
