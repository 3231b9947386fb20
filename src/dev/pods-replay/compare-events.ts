import { leveled } from './mask.ts';
import type { EventLine, NodeLine } from './recording.ts';

/**
 * Events: the same ones of the same things. How often one was counted up follows timers whose jitter adds up; it may differ by
 * one, or by a quarter. What only that machine had, and what a loaded machine says, does not count.
 */
const machineOnly = new Set(['CgroupV1', 'InvalidDiskCapacity', 'ContainerGCFailed']);
const share = 0.25;
/** Two writes of a Node so close to one another (an uncordon, and the taint that goes with it): what is tried in between is a race. */
const closeMs = 100;

function racedLooks(nodes: readonly NodeLine[]): (told: Told) => boolean {
  const times = nodes.map(({ t }) => t);
  const windows = times.flatMap((t, index) => {
    const next = times[index + 1] ?? Number.POSITIVE_INFINITY;
    return next - t <= closeMs ? [[t, next + closeMs / 2] as const] : [];
  });
  return ({ text, firstMs, lastMs }) =>
    text.includes(' FailedScheduling ') && windows.some(([from, to]) => firstMs >= from && lastMs <= to);
}

interface Told {
  readonly text: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Of Pods that start together the first pulls, and who comes after it finds the image: which one is a race. */
function imageOf({ reason, message }: EventLine): string | undefined {
  if (reason === 'Pulling') return /^Pulling image "(.+)"$/.exec(message)?.[1];
  if (reason !== 'Pulled') return undefined;
  return /^(?:Successfully pulled|Container) image "(.+?)" /.exec(message)?.[1];
}

/** Images of which some Pods had to wait and others not. */
function racedImages(events: readonly EventLine[]): ReadonlySet<string> {
  const pulled = new Set<string>();
  const present = new Set<string>();
  for (const event of events) {
    const image = imageOf(event);
    if (image !== undefined) (event.message.includes('already present') ? present : pulled).add(image);
  }
  return new Set([...pulled].filter((image) => present.has(image)));
}

function tally(events: readonly EventLine[], raced: ReadonlySet<string>): Map<string, Told> {
  const all = new Map<string, Told>();
  for (const event of events) {
    if (machineOnly.has(event.reason)) continue;
    if (raced.has(imageOf(event) ?? '')) continue;
    if (/failed to sync (configmap|secret) cache/.test(event.message)) continue;
    const object = leveled(event.object);
    const text = `${event.source} ${event.type} ${event.reason} ${object} ${event.fieldPath ?? ''} ${leveled(event.message).trim()}`;
    const before = all.get(text);
    // Of several objects whose names are chance, all are one.
    const many = /<rnd>/.test(object);
    const count = many ? (before?.count ?? 0) + 1 : Math.max(before?.count ?? 0, event.count ?? 1);
    all.set(text, { text, count, firstMs: before?.firstMs ?? event.t, lastMs: event.t });
  }
  return all;
}

/** Undefined: they are the same. */
export function compareEvents(
  wanted: readonly EventLine[],
  got: readonly EventLine[],
  endMs: number,
  nodes: readonly NodeLine[] = [],
): string | undefined {
  const between = racedLooks(nodes);
  const raced = racedImages(wanted);
  const [a, b] = [tally(wanted, raced), tally(got, raced)];
  const nearEnd = (told: Told) => told.firstMs > endMs - 5000;
  for (const told of a.values()) {
    const ours = b.get(told.text);
    if (ours === undefined) {
      if (nearEnd(told) || between(told)) continue;
      return `event missing: ${told.text} (x${told.count} at ${told.firstMs} ms)`;
    }
    const allowed = Math.max(1, Math.ceil(told.count * share));
    if (Math.abs(told.count - ours.count) > allowed)
      return `event ${told.text}: wanted x${told.count}, got x${ours.count}`;
  }
  for (const told of b.values())
    if (!a.has(told.text) && !nearEnd(told))
      return `event too many: ${told.text} (x${told.count} at ${told.firstMs} ms)`;
  return undefined;
}
