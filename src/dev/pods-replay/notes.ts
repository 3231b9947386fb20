import type { Pod } from '../../kube/api/core-v1.ts';
import type { NoteLine, Recording } from './recording.ts';
import type { ReplayWorld } from './world.ts';

type Deed = (world: ReplayWorld) => void;

const away = /remov|mov|gone|away|delet|taken|missing|down|stop/i;
const count: { readonly [word: string]: number } = { one: 1, two: 2, three: 3 };

/** What a note says was done outside of the API; undefined: nobody here knows how. */
export function deedOf(recording: Recording, { text }: NoteLine): Deed | undefined {
  const manifest = /^manifest (?:written|changed): (\{.*\})$/s.exec(text)?.[1];
  if (manifest !== undefined) return writeManifest(manifest);
  if (/^manifest changed/.test(text)) return changedImage(recording);
  if (/^manifest removed/.test(text)) return ({ kubelet }) => kubelet.setManifests(new Map());
  if (/^kubelet (stopped|killed)/.test(text)) return ({ kubelet }) => kubelet.stopKubelet();
  if (/^kubelet started/.test(text)) return ({ kubelet }) => kubelet.start();
  if (/^kubelet restarted/.test(text)) return ({ kubelet }) => kubelet.restart();
  if (/^(container runtime|containerd) (stopped|killed)/.test(text))
    return ({ kubelet }) => kubelet.setRuntimeServing(false);
  if (/^(container runtime|containerd) started/.test(text))
    return ({ kubelet }) => kubelet.setRuntimeServing(true);
  if (/\bCNI\b|network (plugin|config)/i.test(text))
    return ({ kubelet }) =>
      kubelet.setNetworkConfigured(/\bback\b|restor|return|again/i.test(text) || !away.test(text));
  if (/^kill -9 of the (container|main) process/.test(text)) return killContainers;
  if (/^kill -9 of the pause process/.test(text)) return killSandboxes;
  const more = /^(one|two|three|\d+) more Nodes?/.exec(text)?.[1];
  if (more !== undefined) return (world) => addReadyNodes(world, count[more] ?? Number(more));
  return undefined;
}

function writeManifest(text: string): Deed | undefined {
  try {
    const pod = JSON.parse(text) as Pod;
    return ({ kubelet }) => kubelet.setManifests(new Map([['pod.json', pod]]));
  } catch {
    return undefined;
  }
}

/** The other image that its machine had. */
function changedImage(recording: Recording): Deed | undefined {
  const text = recording.notes
    .map((note) => /^manifest written: (\{.*\})$/s.exec(note.text)?.[1])
    .find((one) => one !== undefined);
  return text === undefined
    ? undefined
    : writeManifest(text.replaceAll('nginx:1.29-alpine', 'nginx:1.28-alpine'));
}

function addReadyNodes({ pool }: ReplayWorld, many: number): void {
  for (let number = 1; number <= Math.min(many, 9); number++)
    pool.add({
      name: `otro-${number}`,
      ip: `192.168.77.2${number}`,
      taints: [{ key: 'other', effect: 'NoSchedule' }],
    });
}

function killContainers({ runtime }: ReplayWorld): void {
  for (const { containers } of runtime.sandboxes())
    for (const { id, state } of containers) if (state === 'running') runtime.kill(id);
}

function killSandboxes({ runtime }: ReplayWorld): void {
  for (const { id, state } of runtime.sandboxes()) if (state === 'ready') runtime.kill(id);
}
