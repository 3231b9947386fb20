import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { RunningCluster } from '../../src/cluster/control/contract.ts';
import { startCluster } from '../../src/cluster/index.ts';
import type { ClusterOptions } from '../../src/cluster/options.ts';

export interface TestCluster {
  readonly cluster: RunningCluster;
  /** A file. */
  readonly kubeconfig: string;
  /** A folder of its own, deleted at the end. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** A whole cluster, with its disk, on a free port. */
export async function startTestCluster(options: Partial<ClusterOptions> = {}): Promise<TestCluster> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-cluster-'));
  const cluster = await startCluster({
    masters: 1,
    port: 0,
    nodes: 0,
    speed: 1,
    scheduler: true,
    controllers: ['*'],
    admissionOff: [],
    authorization: 'rbac',
    folder: path.join(folder, 'cluster'),
    assets: path.resolve(import.meta.dirname, '../../assets'),
    owner: undefined,
    clock: systemClock,
    random: systemRandom,
    ...options,
  });
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  return {
    cluster,
    kubeconfig,
    folder,
    async stop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
