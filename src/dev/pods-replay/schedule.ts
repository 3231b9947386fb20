import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { runAttach, runExec, runLogs, runPod } from './kubectl-streams.ts';
import { runDebug, runWrite } from './kubectl-writes.ts';
import { masked } from './mask.ts';
import { deedOf } from './notes.ts';
import type { CommandLine, Recording } from './recording.ts';
import { runRequest } from './requests.ts';
import { parseKubectl } from './words.ts';
import { nodeIp, nodeName, type ReplayWorld } from './world.ts';

/** Something that happens at a moment of the recording. */
export interface Step {
  readonly t: number;
  /** Resolves with what was wrong with what it printed; undefined: nothing. */
  run(world: ReplayWorld): Promise<string | undefined>;
}

/** What was done to the cluster while it was recorded, in order. */
export function stepsOf(recording: Recording): Step[] {
  const steps = [
    ...recording.commands.flatMap((line) => commandStep(recording, line)),
    ...notesOf(recording),
    ...requestsOf(recording),
    ...lateObjects(recording),
  ];
  return steps.sort((a, b) => a.t - b.t);
}

/** A command takes effect while it runs: when the watch showed it, or after most of its time. */
function effectMs(recording: Recording, line: CommandLine): number {
  const { verb, args } = parseKubectl(line.command);
  const endMs = line.t + line.ms + 100;
  if (verb === 'delete') {
    const shown = recording.statuses.find(
      ({ t, name, deletionTimestamp, type }) =>
        t >= line.t &&
        t <= endMs &&
        args.includes(name) &&
        (deletionTimestamp !== undefined || type === 'DELETED'),
    );
    if (shown !== undefined) return shown.t;
  }
  return line.t + Math.min(line.ms, 400) * 0.6;
}

/**
 * Of a command's answer what is the kubelet's counts: whether it serves a log or runs a command at all, and what it says when it
 * does not. What programs in containers print is the runtime's, and is tried there; tables of kubectl are tried as states.
 */
function commandStep(recording: Recording, line: CommandLine): Step[] {
  const command = parseKubectl(line.command);
  const t = effectMs(recording, line);
  const compared = (printed: { readonly stdout: string; readonly exit: number } | undefined) => {
    // Files are not copied here.
    if (
      printed === undefined ||
      recording.commands.some(({ command: text }) => text.startsWith('kubectl cp '))
    )
      return undefined;
    if (printed.exit !== (line.exit ?? 0) && (line.exit === 1 || printed.exit === 1))
      return `$ ${line.command}: wanted exit ${line.exit}, got ${printed.exit}`;
    const own = /^unable to retrieve container logs/;
    if (own.test(printed.stdout) === own.test(line.stdout)) return undefined;
    const got = masked(printed.stdout, { node: nodeName, nodeIp });
    return `$ ${line.command}: wanted ${JSON.stringify(line.stdout)}, got ${JSON.stringify(got)}`;
  };
  switch (command.verb) {
    case 'logs':
      return [{ t, run: async (world) => compared(await runLogs(world, command)) }];
    case 'exec':
      return [{ t, run: async (world) => compared(await runExec(world, command, line.stdin)) }];
    case 'run':
      return [
        {
          t,
          run: async (world) => {
            // Somebody may delete it meanwhile.
            void runPod(world, command, line.stdin ?? '').catch(() => undefined);
            return undefined;
          },
        },
      ];
    case 'attach':
      return [
        {
          t,
          run: async (world) => {
            if (line.stdin !== undefined)
              void runAttach(world, command.args[0] ?? '', command.flag('c'), line.stdin);
            return undefined;
          },
        },
      ];
    case 'debug':
      return [
        {
          t,
          run: async (world) => {
            const pod = await runDebug(world.client, command).catch(() => undefined);
            if (pod !== undefined && line.stdin !== undefined) {
              const text = line.stdin;
              const tty = command.flag('t') !== undefined;
              const untilMs = world.clock.now() + line.ms - (t - line.t);
              world.clock.after(
                2000,
                () => void runAttach(world, pod, command.flag('c'), text, tty, untilMs),
              );
            }
            return undefined;
          },
        },
      ];
    default:
      return [
        {
          t,
          run: async (world) => {
            // What was refused there is refused here.
            await runWrite(world, command, line.stdin).catch((error: unknown) => {
              if (line.exit === 0) throw error;
            });
            return undefined;
          },
        },
      ];
  }
}

function notesOf(recording: Recording): Step[] {
  return recording.notes.flatMap((note): Step[] => {
    const deed = deedOf(recording, note);
    if (deed === undefined) return [];
    return [
      {
        t: note.t,
        run: async (world) => {
          deed(world);
          return undefined;
        },
      },
    ];
  });
}

function requestsOf(recording: Recording): Step[] {
  return recording.requests.map((line) => ({
    t: line.t,
    run: async (world: ReplayWorld) => {
      await runRequest(world, line);
      return undefined;
    },
  }));
}

/** Objects that were made later on, and of which only the name (in a complaint) or the end (the whole Pod) is told. */
function lateObjects(recording: Recording): Step[] {
  const steps: Step[] = [];
  const seconds = /made after (\d+) s/.exec(recording.about)?.[1];
  const missing = recording.events
    .map(({ message }) => /(configmap|secret) "([^"]+)" not found/.exec(message))
    .find((one) => one !== null);
  if (seconds !== undefined && missing !== undefined && missing !== null) {
    const [, kind = '', name = ''] = missing;
    steps.push({
      t: Number(seconds) * 1000,
      run: async ({ client }) => {
        const entries = keysOf(recording);
        const secret = kind === 'secret';
        await client.create(
          { group: '', version: 'v1', plural: secret ? 'secrets' : 'configmaps' },
          'default',
          {
            apiVersion: 'v1',
            kind: secret ? 'Secret' : 'ConfigMap',
            metadata: { name, namespace: 'default' },
            ...(secret ? { stringData: entries } : { data: entries }),
          } as KubeObject,
        );
        return undefined;
      },
    });
  }
  const guarded = recording.commands.find(({ stderr }) => /violate the pod's disruption budget/.test(stderr));
  if (guarded !== undefined) steps.push({ t: guarded.t - 100, run: protect });
  const given = new Set(recording.objects.map(({ metadata }) => metadata.name));
  for (const { t, name, type } of recording.statuses) {
    const final = recording.finalPods[name]?.object;
    if (type !== 'ADDED' || given.has(name) || final === undefined || t < 200) continue;
    if ((final.metadata.ownerReferences ?? []).length > 0 || name.startsWith('node-debugger')) continue;
    given.add(name);
    steps.push({
      t,
      run: async ({ client }) => {
        await client.create({ group: '', version: 'v1', plural: 'pods' }, 'default', bare(final));
        return undefined;
      },
    });
  }
  return steps;
}

/** A budget of which only the refusals are told: no Pod of the Deployment `web` may go. */
async function protect({ client }: ReplayWorld): Promise<undefined> {
  await client.create({ group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' }, 'default', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'web' } } },
  } as KubeObject);
  return undefined;
}

/** What the Pod asked for of the missing object, with the value that it printed afterwards. */
function keysOf(recording: Recording): { [key: string]: string } {
  const text = JSON.stringify(recording.objects);
  const keys = [...text.matchAll(/"key":"([^"]+)"/g)].map(([, key = '']) => key);
  const printed = recording.commands
    .map(({ stdout }) => /^v=(.*)$/m.exec(stdout)?.[1])
    .find((value) => value !== undefined);
  return Object.fromEntries((keys.length === 0 ? ['a'] : keys).map((key) => [key, printed ?? 'x']));
}

/** As it was posted, more or less: without what the server and the scheduler added. */
function bare(pod: Pod & KubeObject): Pod & KubeObject {
  const text = JSON.stringify(pod.spec);
  const spec = JSON.parse(text.replaceAll('<node>', nodeName)) as NonNullable<Pod['spec']>;
  const generated = (name: string | undefined) => name?.startsWith('kube-api-access-') === true;
  spec.volumes = (spec.volumes ?? []).filter(({ name }) => !generated(name));
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])])
    container.volumeMounts = (container.volumeMounts ?? []).filter(({ name }) => !generated(name));
  delete spec.nodeName;
  const { name, labels, annotations } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined ? {} : { name }),
      namespace: 'default',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  };
}
