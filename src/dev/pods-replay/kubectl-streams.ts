import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import { refOf } from './kinds.ts';
import type { ParsedCommand } from './words.ts';
import type { ReplayWorld } from './world.ts';

export interface Printed {
  readonly stdout: string;
  readonly exit: number;
}

type PodObject = Pod & KubeObject;

async function podOf({ client }: ReplayWorld, name: string): Promise<PodObject | undefined> {
  const pods = refOf('pod');
  return pods === undefined
    ? undefined
    : client.find<PodObject>(pods, 'default', name.replace(/^pods?\//, ''));
}

const refTo = ({ metadata }: PodObject) => ({
  namespace: 'default',
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
});

const defaultContainer = (pod: PodObject): string => pod.spec?.containers[0]?.name ?? '';

/** `logs` without `-f`, as far as one Pod's container goes. Undefined: not done here. */
export async function runLogs(
  world: ReplayWorld,
  { args, flag }: ParsedCommand,
): Promise<Printed | undefined> {
  if (flag('f') !== undefined || flag('l') !== undefined || flag('prefix') !== undefined) return undefined;
  const pod = await podOf(world, args[0] ?? '');
  if (pod === undefined || pod.spec?.nodeName === undefined) return undefined;
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name);
  const names = flag('all-containers') === 'true' ? all : [flag('c') ?? defaultContainer(pod)];
  let stdout = '';
  try {
    for (const name of names) {
      const chunks = await world.kubelet.logs(
        refTo(pod),
        name,
        {
          follow: false,
          previous: flag('previous') === 'true' || flag('p') === 'true',
          timestamps: flag('timestamps') === 'true',
          tailLines: flag('tail') === undefined ? undefined : Number(flag('tail')),
          limitBytes: undefined,
          sinceMs: undefined,
        },
        new AbortController().signal,
      );
      for await (const chunk of chunks) stdout += Buffer.from(chunk).toString();
    }
    return { stdout, exit: 0 };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { stdout: '', exit: 1 };
  }
}

/** `exec` without a terminal. Undefined: not done here. */
export async function runExec(
  world: ReplayWorld,
  { args, rest, flag }: ParsedCommand,
  stdin: string | undefined,
): Promise<Printed | undefined> {
  if (flag('t') !== undefined || rest.length === 0) return undefined;
  const pod = await podOf(world, args[0] ?? '');
  if (pod === undefined) return { stdout: '', exit: 1 };
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return { stdout: '', exit: 1 };
  const container = flag('c') ?? defaultContainer(pod);
  const known = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some(
    ({ name }) => name === container,
  );
  if (!known || world.kubelet.state !== 'on') return { stdout: '', exit: 1 };
  let stdout = '';
  try {
    const end = await world.kubelet.exec(refTo(pod), container, rest, {
      ...(stdin === undefined || flag('i') === undefined ? {} : { stdin: once(stdin) }),
      stdout: (bytes) => {
        stdout += Buffer.from(bytes).toString();
      },
      stderr: () => undefined,
      tty: false,
    });
    return { stdout, exit: end.kind === 'exit' ? end.exitCode : 1 };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { stdout: '', exit: 1 };
  }
}

/** The input of an `attach -i`, until its container ends. */
export async function runAttach(
  world: ReplayWorld,
  name: string,
  container: string | undefined,
  stdin: string,
  tty = false,
  untilMs = 0,
): Promise<void> {
  const pod = await podOf(world, name);
  if (pod === undefined) return;
  await world.kubelet
    .attach(refTo(pod), container ?? defaultContainer(pod), {
      stdin: typed(world, stdin, untilMs),
      stdout: () => undefined,
      stderr: () => undefined,
      tty,
    })
    .catch(() => undefined);
}

const lookMs = 200;

/** `run --rm -i`: the Pod, its input once it runs, and its end. */
export async function runPod(
  world: ReplayWorld,
  { args, rest, flag }: ParsedCommand,
  stdin: string,
): Promise<void> {
  const { client, clock } = world;
  const [name = ''] = args;
  const pods = refOf('pod');
  const interactive = flag('i') !== undefined;
  // kubectl refuses to remove what it is not attached to.
  if (pods === undefined || (flag('rm') !== undefined && !interactive)) return;
  await client.create<PodObject>(pods, 'default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { run: name } },
    spec: {
      ...(flag('restart') === undefined ? {} : { restartPolicy: flag('restart') ?? '' }),
      containers: [
        {
          name,
          image: flag('image') ?? '',
          ...(rest.length === 0 ? {} : { args: [...rest] }),
          ...(interactive ? { stdin: true, stdinOnce: true } : {}),
          ...(flag('t') === undefined ? {} : { tty: true }),
        },
      ],
    },
  });
  const phase = async () => (await podOf(world, name))?.status?.phase;
  const ended = async () => ['Succeeded', 'Failed'].includes((await phase()) ?? '');
  while ((await phase()) === 'Pending') await clock.sleep(lookMs);
  if (!(await ended())) await runAttach(world, name, undefined, stdin, flag('t') !== undefined);
  const never = flag('restart') === 'Never';
  while (never && !(await ended())) await clock.sleep(lookMs);
  if (flag('rm') !== undefined) await client.delete(pods, 'default', name);
}

/** Whoever types needs time: the last line comes just before they go away. */
async function* typed({ clock }: ReplayWorld, text: string, untilMs: number): AsyncGenerator<Uint8Array> {
  const lines = text.split(/(?<=\n)/);
  const last = lines.length > 1 ? lines.pop() : undefined;
  yield Buffer.from(lines.join(''));
  if (untilMs - lookMs > clock.now()) await clock.sleep(untilMs - lookMs - clock.now());
  if (last !== undefined) yield Buffer.from(last);
  if (untilMs > clock.now()) await clock.sleep(untilMs - clock.now());
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
