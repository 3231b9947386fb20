import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';

/** What a Pod of the recordings does, from its annotations, its image and its command. */
export interface Plan {
  readonly start: 'runs' | 'never' | 'no image';
  readonly delaySeconds: number;
  /** Undefined: it runs until it is deleted. */
  readonly lifeSeconds: number | undefined;
  readonly exitCode: number;
  /** With OnFailure: how often it fails before it succeeds. */
  readonly fails: number | undefined;
}

export function planOf(pod: Pod & KubeObject): Plan {
  const annotations = pod.metadata.annotations ?? {};
  const number = (name: string) => (annotations[name] === undefined ? undefined : Number(annotations[name]));
  const index = annotations['batch.kubernetes.io/job-completion-index'];
  const isIn = (name: string) =>
    index !== undefined &&
    (annotations[name] ?? '')
      .split(',')
      .map((text) => text.trim())
      .includes(index);
  const containers = pod.spec?.containers ?? [];
  const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]).join(' ');
  const said = (verb: string) => {
    const found = new RegExp(`\\b${verb}\\s+(\\d+(?:\\.\\d+)?)`).exec(words)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const always = (pod.spec?.restartPolicy ?? 'Always') === 'Always';
  const life = isIn('fake/long-indexes') ? 60 : (number('fake/life') ?? said('sleep') ?? 1);
  const exit = number('fake/exit') ?? said('exit');
  return {
    start:
      annotations['fake/start'] === 'never'
        ? 'never'
        : containers.some(({ image = '' }) => image.includes('nonexist'))
          ? 'no image'
          : 'runs',
    delaySeconds: number('fake/delay') ?? 0,
    lifeSeconds: always ? undefined : life,
    exitCode:
      annotations['fake/exit-indexes'] === undefined
        ? (exit ?? 0)
        : isIn('fake/exit-indexes')
          ? (exit ?? 1)
          : 0,
    fails: number('fake/fails'),
  };
}
