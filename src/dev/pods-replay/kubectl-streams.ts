import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import { refOf } from './kubectl-writes.ts';
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
): Promise<void> {
  const pod = await podOf(world, name);
  if (pod === undefined) return;
  await world.kubelet
    .attach(refTo(pod), container ?? defaultContainer(pod), {
      stdin: once(stdin),
      stdout: () => undefined,
      stderr: () => undefined,
      tty: false,
    })
    .catch(() => undefined);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
