import type { ContainerStatus, PodStatus } from '../../../kube/api/core-v1.ts';
import { badRequest } from '../../../kube/status.ts';
import type { ContainerLog, LogLine } from '../runtime.ts';

/** As the API server's NodeAccess has it; the layers do not know each other. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceMs: number | undefined;
}

const bare = (id: string | undefined): string => (id ?? '').replace(/^.*:\/\//, '');

/** Which container's log is meant. Throws a StatusError 400 in upstream's words. Mirrors validateContainerLogStatus. */
export function logContainer(pod: string, status: PodStatus, container: string, previous: boolean): string {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const found = all.find(({ name }) => name === container);
  const where = `container "${container}" in pod "${pod}"`;
  if (found === undefined) throw badRequest(`${where} is not available`);
  const id = previous ? previousOf(found, where) : currentOf(found, where);
  return bare(id);
}

function previousOf({ lastState }: ContainerStatus, where: string): string {
  const id = lastState?.terminated?.containerID ?? '';
  if (id === '') throw badRequest(`previous terminated ${where} not found`);
  return id;
}

function currentOf({ state, lastState, containerID }: ContainerStatus, where: string): string {
  if (state?.running !== undefined) return containerID ?? '';
  const own = state?.terminated?.containerID ?? '';
  if (own !== '') return own;
  const last = lastState?.terminated;
  if (state?.terminated !== undefined || last !== undefined) {
    if ((last?.containerID ?? '') === '') throw badRequest(`${where} is terminated`);
    return last?.containerID ?? '';
  }
  const reason = state?.waiting?.reason;
  if (reason === undefined) throw badRequest(`${where} is waiting to start - no logs yet`);
  const why =
    reason === 'ErrImagePull'
      ? "image can't be pulled"
      : reason === 'ImagePullBackOff'
        ? 'trying and failing to pull image'
        : reason;
  throw badRequest(`${where} is waiting to start: ${why}`);
}

/** `2026-01-02T03:04:05.123456789Z`: nine digits always. */
function stamp(atMs: number): string {
  const whole = Math.floor(atMs);
  const nanos = Math.round((atMs - whole) * 1e6);
  return `${new Date(whole).toISOString().slice(0, 23)}${String(nanos).padStart(6, '0')}Z`;
}

/** The lines that were asked for, then with `follow` those to come until the container ends or nobody listens. */
export async function* readLog(
  log: ContainerLog,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let leftBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const chunk = (lines: readonly LogLine[]): Uint8Array => {
    const text = lines
      .map((line) => (options.timestamps ? `${stamp(line.atMs)} ${line.text}` : line.text))
      .join('');
    const bytes = encoder.encode(text);
    const taken = bytes.length > leftBytes ? bytes.subarray(0, leftBytes) : bytes;
    leftBytes -= taken.length;
    return taken;
  };
  const queue: LogLine[] = [];
  let wake: () => void = () => undefined;
  let ended = !options.follow;
  const stop = options.follow
    ? log.onLine((line) => {
        queue.push(line);
        wake();
      })
    : () => undefined;
  const finish = () => {
    ended = true;
    wake();
  };
  if (options.follow) void log.ended.then(finish, finish);
  signal.addEventListener('abort', finish, { once: true });
  try {
    const since = options.sinceMs ?? 0;
    const kept = tail(
      log.lines().filter(({ atMs }) => atMs >= since),
      options.tailLines,
    );
    if (kept.length > 0) yield chunk(kept);
    while (leftBytes > 0 && !signal.aborted) {
      if (queue.length > 0) yield chunk(queue.splice(0));
      else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stop();
    signal.removeEventListener('abort', finish);
  }
}

function tail(lines: readonly LogLine[], count: number | undefined): readonly LogLine[] {
  if (count === undefined) return lines;
  return count === 0 ? [] : lines.slice(-count);
}
