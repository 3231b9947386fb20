import type { Catalogue } from '../../cluster/kubelet/runtimes/simulated/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { BuiltinSchemas } from '../../kube/schema/load.ts';
import { compareLives } from './compare.ts';
import { compareEvents } from './compare-events.ts';
import { placeOf } from './kinds.ts';
import { loadOf } from './load.ts';
import { withoutHashes } from './mask.ts';
import { observe } from './observe.ts';
import type { EventLine, Recording, StatusLine } from './recording.ts';
import { stepsOf } from './schedule.ts';
import { statesOf } from './states.ts';
import { unplayed } from './unplayed.ts';
import { nodeIp, nodeName, startReplayWorld } from './world.ts';

/** What happened in one replay. */
export interface Seen {
  readonly statuses: readonly StatusLine[];
  readonly events: readonly EventLine[];
  readonly troubles: readonly string[];
}

/** Plays one recording; resolves with the first difference, undefined when there is none. */
export async function replayRecording(
  recording: Recording,
  schemas: BuiltinSchemas,
  catalogue: Catalogue,
  seed: number,
  onSeen?: (seen: Seen) => void,
): Promise<string | undefined> {
  const world = await startReplayWorld(schemas, catalogue, seed, presentImages(recording));
  const { clock, client } = world;
  const seen = await observe(client, clock, { node: nodeName, nodeIp });
  const complaints: string[] = [];
  try {
    const steps = stepsOf(recording);
    const [first] = steps;
    // Commands before the first Pod make it: time is counted from there.
    let originMs = clock.now() - Math.min(0, first?.t ?? 0);
    for (const object of recording.objects) {
      const refused = await create(client, placed(object));
      if (refused !== undefined && !recording.hasRefusals) complaints.push(refused);
    }
    await clock.advance(0);
    for (const step of steps) {
      const dueMs = originMs + step.t;
      if (dueMs > clock.now()) await clock.advance(dueMs - clock.now());
      originMs = seen.startMs() ?? originMs;
      let done = false;
      const running = step.run(world).then((complaint) => {
        if (complaint !== undefined) complaints.push(complaint);
        done = true;
      });
      await clock.advanceUntil(() => done, 30_000);
      await running;
    }
    originMs = seen.startMs() ?? originMs;
    await clock.advance(Math.max(0, originMs + recording.endMs - clock.now()));
  } finally {
    seen.stop();
    await world.stop();
  }
  onSeen?.({ statuses: seen.statuses, events: seen.events(), troubles: world.troubles });
  const wanted = hashless(recording.statuses, recording.events);
  const got = hashless(seen.statuses, seen.events());
  const found =
    compareAllLives(
      wanted.statuses,
      got.statuses,
      recording.endMs,
      loadOf(recording.statuses, recording.events),
    ) ??
    compareEvents(wanted.events, got.events, recording.endMs, recording.nodes) ??
    complaints[0];
  const missing = found === undefined ? undefined : unplayed(recording);
  return missing === undefined ? found : `not done here: ${missing}\n  ${found}`;
}

/** Those of which the recording says that they were there already. */
function presentImages(recording: Recording): readonly string[] {
  const pulled = new Set<string>();
  const present = new Set<string>();
  for (const { message } of recording.events) {
    const pulling = /^Pulling image "(.+)"$/.exec(message)?.[1];
    if (pulling !== undefined && !present.has(pulling)) pulled.add(pulling);
    const here = /^Container image "(.+)" already present on machine$/.exec(message)?.[1];
    if (here !== undefined && !pulled.has(here)) present.add(here);
  }
  return [...present];
}

/** Manifests name the node by its placeholder. */
const placed = (object: KubeObject): KubeObject =>
  JSON.parse(JSON.stringify(object).replaceAll('<node>', nodeName)) as KubeObject;

/** An object as it was posted; one that the API refused there may be refused here. */
async function create(client: KubeClient, object: KubeObject): Promise<string | undefined> {
  const place = placeOf(object);
  if (place === undefined) return `no kind ${object.kind} of ${object.apiVersion} here`;
  const { ref, namespace } = place;
  const metadata = { ...object.metadata, ...(namespace === '' ? {} : { namespace }) };
  try {
    await client.create(ref, namespace, { ...object, metadata });
    return undefined;
  } catch (error) {
    return `${object.kind} ${object.metadata.name ?? ''} refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function hashless(statuses: readonly StatusLine[], events: readonly EventLine[]) {
  const names = [...new Set(statuses.map(({ name }) => name))];
  const clean = <T>(list: readonly T[]): T[] =>
    withoutHashes(
      list.map((line) => JSON.stringify(line)),
      names,
    ).map((line) => JSON.parse(line) as T);
  return { statuses: clean(statuses), events: clean(events) };
}

function compareAllLives(
  recorded: readonly StatusLine[],
  got: readonly StatusLine[],
  endMs: number,
  loadMs: number,
): string | undefined {
  const wanted = byName(numbered(recorded));
  const ours = byName(got);
  const groups = new Map<string, string[]>();
  for (const name of wanted.keys()) {
    const base = name.replace(/#\d+$/, '');
    groups.set(base, [...(groups.get(base) ?? []), name]);
  }
  for (const [base, names] of groups) {
    const candidates = [...ours.keys()].filter((name) => name.replace(/#\d+$/, '') === base);
    const difference = pairUp(names, candidates, (left, right) =>
      compareLives(statesOf(wanted.get(left) ?? []), statesOf(ours.get(right) ?? []), endMs, loadMs),
    );
    if (difference !== undefined) return difference;
  }
  for (const name of ours.keys()) if (!groups.has(name.replace(/#\d+$/, ''))) return `pod too many: ${name}`;
  return undefined;
}

/** Siblings are alike: each recorded life has to be one of ours, whichever. */
function pairUp(
  names: readonly string[],
  candidates: readonly string[],
  compare: (name: string, candidate: string) => string | undefined,
): string | undefined {
  if (names.length !== candidates.length)
    return `pods ${names[0]}: wanted ${names.length}, got ${candidates.length}`;
  const [name, ...others] = names;
  if (name === undefined) return undefined;
  let first: string | undefined;
  for (const candidate of candidates) {
    const difference =
      compare(name, candidate) ??
      pairUp(
        others,
        candidates.filter((other) => other !== candidate),
        compare,
      );
    if (difference === undefined) return undefined;
    first ??= `pod ${name}: ${difference}`;
  }
  return first;
}

/** Of names whose end was drawn: which of its siblings it is, by appearance. */
function numbered(lines: readonly StatusLine[]): StatusLine[] {
  const orders = new Map<string, number>();
  const counts = new Map<string, number>();
  return lines.map((line) => {
    if (!/<rnd\d*>/.test(line.name)) return line;
    const base = line.name.replace(/<rnd\d*>/g, '<rnd>');
    let order = orders.get(line.name);
    if (order === undefined) {
      order = counts.get(base) ?? 0;
      counts.set(base, order + 1);
      orders.set(line.name, order);
    }
    return { ...line, name: `${base}#${order}` };
  });
}

function byName(lines: readonly StatusLine[]): Map<string, StatusLine[]> {
  const all = new Map<string, StatusLine[]>();
  for (const line of lines) {
    const known = all.get(line.name);
    if (known === undefined) all.set(line.name, [line]);
    else known.push(line);
  }
  return all;
}
