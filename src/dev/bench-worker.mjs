// One measurement of `bench-life.mjs`, in a process of its own: `bench-worker.mjs <what> <options>`. Prints JSON.
import path from 'node:path';
import { importBundled } from './bundled.mjs';
import { root } from './project.mjs';

const [what, text] = process.argv.slice(2);
const options = { ...JSON.parse(text), assets: path.join(root, 'assets') };
const measures = {
  pods: async () => (await importBundled('src/dev/bench-pods.ts')).benchPods(options),
  gone: async () => (await importBundled('src/dev/bench-pods.ts')).benchPodsGone(options),
  deployments: async () => (await importBundled('src/dev/bench-pods.ts')).benchDeployments(options),
  idle: async () => (await importBundled('src/dev/bench-pods.ts')).benchIdleNodes(options),
  scheduler: async () => (await importBundled('src/dev/bench-scheduler.ts')).benchScheduler(options),
};
console.log(JSON.stringify(await measures[what]()));
