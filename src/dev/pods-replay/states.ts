import type { ContainerState, ContainerStatus } from '../../kube/api/core-v1.ts';
import { leveled } from './mask.ts';
import type { StatusLine } from './recording.ts';

/** One thing that a Pod was seen as, without its times. */
export interface State {
  readonly t: number;
  /** What two states must have in common to be the same. */
  readonly key: string;
  /** The same without what a container ended with before: whether that one was removed already is a race. */
  readonly loose: string;
  readonly forgetful: boolean;
  /** For people: `0/1 Error 2 | Running`. */
  readonly text: string;
  readonly status: string;
  readonly restarts: number;
}

/** One Pod's states in order, each told once. */
export function statesOf(lines: readonly StatusLine[]): State[] {
  const states: State[] = [];
  for (const line of lines) {
    const state = stateOf(line);
    if (states.at(-1)?.key !== state.key) states.push(state);
  }
  return states;
}

function stateOf(line: StatusLine): State {
  const restarts = line.get.restarts.replace(/ \(.*\)$/, '');
  const reasons = (line.conditions ?? []).map(({ reason = '' }) => reason);
  // All has ended and the phase waits for the sandbox: it is Pending or Running by whether a look ever saw it run.
  const waits =
    (reasons.includes('PodCompleted') || reasons.includes('PodFailed')) && line.phase === 'Pending';
  const comparable = {
    gone: line.type === 'DELETED',
    get: [line.get.ready, line.get.status, restarts],
    phase: waits ? 'Running' : (line.phase ?? ''),
    reason: line.reason ?? '',
    message: leveled(line.message ?? ''),
    conditions: (line.conditions ?? []).map(({ type, status, reason = '', message = '' }) =>
      [type, status, reason, leveled(message)].join('|'),
    ),
    init: containers(line.initContainerStatuses),
    main: containers(line.containerStatuses),
    ephemeral: containers(line.ephemeralContainerStatuses),
    deleting: line.deletionTimestamp !== undefined,
    grace: line.deletionGracePeriodSeconds ?? null,
    qos: line.qosClass ?? '',
    bound: line.nodeName !== undefined,
  };
  const all = [...(line.initContainerStatuses ?? []), ...(line.containerStatuses ?? [])];
  return {
    t: line.t,
    key: JSON.stringify(comparable),
    loose: JSON.stringify({
      ...comparable,
      init: containers(line.initContainerStatuses, false),
      main: containers(line.containerStatuses, false),
    }),
    forgetful: all.some(
      ({ restartCount, lastState }) => restartCount > 0 && lastState?.terminated === undefined,
    ),
    text: `${line.type} ${line.get.ready} ${line.get.status} ${restarts} | ${line.phase}${line.deletionTimestamp === undefined ? '' : ` deleting ${line.deletionGracePeriodSeconds}`}`,
    status: line.get.status,
    restarts: Number(restarts),
  };
}

function containers(statuses: readonly ContainerStatus[] | undefined, withLast = true): readonly string[] {
  return (statuses ?? []).map((one) =>
    JSON.stringify([
      one.name,
      stateText(one.state),
      withLast ? stateText(one.lastState) : '',
      one.ready,
      one.started ?? null,
      one.restartCount,
    ]),
  );
}

function stateText(state: ContainerState | undefined): string {
  if (state?.running !== undefined) return 'running';
  if (state?.waiting !== undefined)
    return `waiting ${state.waiting.reason} ${leveled(state.waiting.message ?? '')}`;
  const ended = state?.terminated;
  if (ended === undefined) return '';
  return `terminated ${ended.reason} ${ended.exitCode} ${leveled(ended.message ?? '')}`;
}

export const sameState = (a: State, b: State): boolean =>
  a.key === b.key || (a.loose === b.loose && (a.forgetful || b.forgetful));

/** The first part in which two states differ. */
export function differenceOf(wanted: State, got: State): string {
  const a = JSON.parse(wanted.key) as { [part: string]: unknown };
  const b = JSON.parse(got.key) as { [part: string]: unknown };
  for (const part of Object.keys(a)) {
    const [left, right] = [JSON.stringify(a[part]), JSON.stringify(b[part])];
    if (left !== right) return `${part}: wanted ${left}, got ${right}`;
  }
  return 'nothing';
}
