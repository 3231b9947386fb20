import { type ClusterWorlds, createClusterWorlds } from '../../src/backends/world/cluster-worlds.ts';

/** A machine on which the built-in cluster does not run. */
export const noCluster: ClusterWorlds = createClusterWorlds({
  findBuiltin: async () => ({
    ok: false,
    unavailable: { reason: 'cluster-stopped', why: 'No está en marcha.', next: 'Arráncalo.' },
  }),
});
