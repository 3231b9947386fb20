// The part of `npm run bench` that measures a living cluster: Pods, scheduler and nodes, each in a process of its own, without
// the delays that containers have on purpose.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './project.mjs';

const run = promisify(execFile);
const worker = path.join(root, 'src', 'dev', 'bench-worker.mjs');

/** Measures into `add(name, unit, limit, values)`; `limit` is what the issue asks for. */
export async function benchLife({ add, skipped }) {
  /** Resolves with what the worker measured; undefined when it could not. */
  const measured = async (what, options) => {
    try {
      const args = ['--expose-gc', worker, what, JSON.stringify(options)];
      return JSON.parse((await run(process.execPath, args, { maxBuffer: 1 << 26 })).stdout);
    } catch (error) {
      skipped(what, error.message.split('\n')[0]);
      return undefined;
    }
  };
  const pods = await measured('pods', { nodes: 100, pods: 1000 });
  if (pods !== undefined) {
    add('1.000 Pods en 100 nodos, del POST a Running', 'ms', 8000, [pods.podsMs]);
    add('memoria por Pod (del 1.000 al 2.000)', 'kB', 40, [pods.podKb]);
  }
  const gone = await measured('gone', { nodes: 30, pods: 500, rounds: 4 });
  if (gone !== undefined)
    add('memoria que deja un Pod creado y borrado: Events, historia, auditoría', 'kB', 50, [gone]);
  const deployments = await measured('deployments', { nodes: 10, replicas: 100, deployments: 600 });
  if (deployments !== undefined) {
    add('un Deployment de 100 listo', 'ms', 1000, deployments.oneMs);
    add('600 Deployments listos', 'ms', 30_000, [deployments.manyMs]);
  }
  const plain = await measured('scheduler', { nodes: 100, pods: 2000, apart: false });
  if (plain !== undefined) add('scheduler: 100 nodos, plugins por defecto', '/s', -500, [plain]);
  const apart = await measured('scheduler', { nodes: 1000, pods: 900, apart: true });
  if (apart !== undefined) add('scheduler: 1.000 nodos, anti-affinity exigida', '/s', -100, [apart]);
  const idle = await measured('idle', { nodes: 5000, overMs: 20_000 });
  if (idle !== undefined) add('5.000 nodos sin nada que hacer, con sus Leases', '%', 20, [idle]);
}
