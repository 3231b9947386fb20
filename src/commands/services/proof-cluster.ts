import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FindBuiltin } from '../../backends/world/cluster-worlds.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';
import { findBuiltin } from './builtin-cluster.ts';

/** A built-in cluster of the proof's own: nobody's work is on it, and its time runs faster. */
export interface ProofCluster {
  /** As the proof's, with a folder of its own that goes at the end. */
  readonly session: CommandSession;
  readonly find: FindBuiltin;
  close(): Promise<void>;
}

/** Waits are ten times shorter; much faster, and elections lose their leader on a machine that is busy with the proof. */
const speed = 10;

/** Starts it. When it cannot be, looking for it says why. */
export async function openProofCluster(session: CommandSession): Promise<ProofCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curso-prueba-'));
  const own = {
    ...session,
    home: { ...session.home, folder },
    env: { ...session.env, CURSO_K8S_HOME: folder },
  };
  const unavailable = await start(own);
  return {
    session: own,
    find: () => (unavailable === undefined ? findBuiltin(own) : Promise.resolve({ ok: false, unavailable })),
    async close() {
      const { endCluster } = await import('./cluster-process.ts');
      await endCluster(own).catch(() => false);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function start(session: CommandSession) {
  const [{ missingKubectl }, { leaveInBackground }, { endedWith }] = await Promise.all([
    import('./wake-cluster.ts'),
    import('./cluster-background.ts'),
    import('./cluster-foreground.ts'),
  ]);
  const lacking = await missingKubectl(session);
  if (lacking !== undefined) return lacking;
  try {
    const port = await freePort();
    const argv = ['cluster', 'iniciar', '--primer-plano', '--masters=3', '--nodos=3', `--velocidad=${speed}`];
    await leaveInBackground(session, [...argv, `--puerto=${port}`], { [endedWith]: String(process.pid) });
    return undefined;
  } catch (error) {
    if (!(error instanceof Unable || error instanceof UsageError)) throw error;
    return { reason: 'cluster-stopped', why: error.message, next: error.remedy } as const;
  }
}

/** Not the usual one, which is the learner's. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
