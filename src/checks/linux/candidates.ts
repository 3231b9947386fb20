import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook, type LinuxView, type NamespaceName } from '../backend.ts';
import type { Matcher } from '../check.ts';
import { evaluateCondition } from '../conditions.ts';
import { type AttemptMarks, belongingOf, belongingRank, rememberTokens } from './belonging.ts';
import { factGroups, groupsOf, processFacts } from './process-facts.ts';
import { ancestorsOf, ownNamespaces, type Process, type Scan, startedAtMs } from './processes.ts';
import { isPseudoTerminal } from './status.ts';

export interface Wanted {
  /** Namespaces that must differ from the host's. */
  readonly namespaces: readonly NamespaceName[];
  /** Without namespaces asked for, still only processes with at least one of their own. */
  readonly onlyWithNamespace: boolean;
  /** Also processes of a container engine, but only those that meet the first preference: strangers abound. */
  readonly containers: boolean;
  /** Field → matcher: the candidate that meets most of them is the one the learner means; the first ones weigh more. */
  readonly prefer: { readonly [field: string]: Matcher };
  readonly marks: AttemptMarks;
}

export interface Chosen {
  readonly facts: JsonObject;
  readonly candidates: number;
}

/** More than these are never looked at in detail; the likeliest come first. */
const maxDetailed = 40;

interface Candidate {
  readonly process: Process;
  readonly rank: number;
  readonly facts: JsonObject;
  readonly met: number;
}

/** The process the learner means, always the same one for the same state of the machine; undefined when nobody. */
export async function chooseProcess(
  view: LinuxView,
  scan: Scan,
  wanted: Wanted,
): Promise<Chosen | undefined> {
  const possible = await likely(view, scan, wanted);
  const shortlist = possible.slice(0, maxDetailed);
  const groups = groupsOf(Object.keys(wanted.prefer));
  const outside = groups.filter((group) => group !== 'dentro');
  const insides = new Map<string, Promise<JsonObject>>();
  const looked = await Promise.all(
    shortlist.map(async ({ process, rank }): Promise<Candidate> => {
      const [seen, inside] = await Promise.all([
        processFacts(view, process, scan, outside),
        groups.includes('dentro') ? rememberedInside(insides, view, process, scan) : {},
      ]);
      const facts = { ...seen, ...inside };
      return { process, rank, facts, met: countMet(facts, wanted.prefer) };
    }),
  );
  const [first] = Object.keys(wanted.prefer);
  const candidates = looked.filter(
    ({ rank, facts }) =>
      rank !== belongingRank.docker || (first !== undefined && !unmet(facts, wanted.prefer).includes(first)),
  );
  const best = candidates.sort(
    (a, b) => Number(isSurely(b)) - Number(isSurely(a)) || b.met - a.met || b.rank - a.rank,
  )[0];
  const missing = best === undefined ? undefined : unmet(best.facts, wanted.prefer);
  if (missing === undefined || missing.length > 0) refuseIfHidden(scan, wanted);
  if (best === undefined || missing === undefined) return undefined;
  const rest = factGroups.filter((group) => !groups.includes(group));
  const more = await processFacts(view, best.process, scan, rest);
  const others = whoMeets(missing, candidates.filter(isSurely), wanted.prefer);
  return {
    facts: { ...best.facts, ...more, ...(Object.keys(others).length === 0 ? {} : { otros: others }) },
    candidates: candidates.length,
  };
}

/** Started in this attempt or in a terminal: nothing that merely runs on the machine is preferred to it. */
function isSurely({ rank }: Candidate): boolean {
  return rank >= belongingRank.terminal;
}

/** For each preference that the chosen process lacks, another process of the learner that has it. */
function whoMeets(
  fields: readonly string[],
  candidates: readonly Candidate[],
  prefer: Wanted['prefer'],
): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const other = candidates.find(({ facts }) => !unmet(facts, prefer).includes(field));
      if (other === undefined) return [];
      return [[field, { pid: other.process.pid, orden: other.facts['orden'] ?? other.process.comm }]];
    }),
  );
}

/** The process in which a learner typed `unshare --pid` without `--fork`: its new namespace of PIDs has nobody inside. */
export async function startedWithoutFork(
  view: LinuxView,
  scan: Scan,
  marks: AttemptMarks,
): Promise<number | undefined> {
  const tokenOf = rememberTokens(view);
  const lived = new Set([...scan.processes.values()].map((process) => process.namespaces.pid));
  const looked = await Promise.all(
    [...scan.processes.values()].map(async (process) => {
      if (!process.readable || process.state === 'Z' || process.pid === view.selfPid) return undefined;
      const link = await view.readlink(`/proc/${process.pid}/ns/pid_for_children`);
      const inode = link.ok ? /\[(\d+)\]/.exec(link.value)?.[1] : undefined;
      return inode === undefined || lived.has(inode) ? undefined : process;
    }),
  );
  for (const process of looked) {
    if (process === undefined) continue;
    const belonging = await belongingOf(view, process, scan, marks, tokenOf);
    if (belongingRank[belonging] >= belongingRank.reciente) return process.pid;
  }
  return undefined;
}

/** Processes that may be meant, likeliest first. */
async function likely(
  view: LinuxView,
  scan: Scan,
  wanted: Wanted,
): Promise<readonly { process: Process; rank: number }[]> {
  const leaders = oldestOfEachSet(scan);
  const tokenOf = rememberTokens(view);
  const fitting = [...scan.processes.values()].filter((process) => {
    if (!process.readable || process.state === 'Z' || process.pid === view.selfPid) return false;
    const own = ownNamespaces(process, scan.host);
    return (
      wanted.namespaces.every((name) => own.includes(name)) && (!wanted.onlyWithNamespace || own.length > 0)
    );
  });
  const ranked = await Promise.all(
    fitting.map(async (process) => {
      const belonging = await belongingOf(view, process, scan, wanted.marks, tokenOf);
      return { process, rank: belongingRank[belonging] };
    }),
  );
  const least = wanted.containers ? belongingRank.docker : belongingRank.reciente;
  const found = ranked.filter(({ rank }) => rank >= least);
  // The newest set of namespaces is the learner's last try; inside it the oldest process is the stable one, and
  // `unshare` itself only waits for the shell that it made.
  const setStart = (process: Process) => leaders.get(namespaceSet(process)) ?? process.startTicks;
  return found.sort(
    (a, b) =>
      b.rank - a.rank ||
      setStart(b.process) - setStart(a.process) ||
      Number(isStarter(a.process)) - Number(isStarter(b.process)) ||
      a.process.startTicks - b.process.startTicks ||
      a.process.pid - b.process.pid,
  );
}

function isStarter(process: Process): boolean {
  return ['unshare', 'sudo', 'nsenter', 'su'].includes(process.comm);
}

function namespaceSet(process: Process): string {
  return Object.values(process.namespaces).join(' ');
}

function oldestOfEachSet(scan: Scan): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  for (const process of scan.processes.values()) {
    const key = namespaceSet(process);
    oldest.set(key, Math.min(oldest.get(key) ?? process.startTicks, process.startTicks));
  }
  return oldest;
}

/** Entering costs a process, and candidates often share their namespaces. */
function rememberedInside(
  seen: Map<string, Promise<JsonObject>>,
  view: LinuxView,
  process: Process,
  scan: Scan,
): Promise<JsonObject> {
  const { uts, ipc, net, user } = process.namespaces;
  const key = [uts, ipc, net, user].join(' ');
  const known = seen.get(key) ?? processFacts(view, process, scan, ['dentro']);
  seen.set(key, known);
  return known;
}

/** How many preferences hold; among equals, the earlier ones decide. */
function countMet(facts: JsonObject, prefer: Wanted['prefer']): number {
  const missing = new Set(unmet(facts, prefer));
  return Object.keys(prefer).reduce(
    (sum, field, index) => (missing.has(field) ? sum : sum + 1 + 2 ** -(index + 1)),
    0,
  );
}

function unmet(facts: JsonObject, prefer: Wanted['prefer']): readonly string[] {
  return Object.entries(prefer)
    .filter(([field, matcher]) => !evaluateCondition({ [field]: matcher }, facts, {}).ok)
    .map(([field]) => field);
}

/**
 * The learner may have used `sudo` while we are not root: then "there is none" would be a lie. What matters is what
 * hangs from a shell of ours; the terminals that root has open elsewhere are none of our business.
 */
function refuseIfHidden(scan: Scan, wanted: Wanted): void {
  const hidden = [...scan.processes.values()].filter(
    (process) =>
      !process.readable &&
      isPseudoTerminal(process.terminal) &&
      !isStarter(process) &&
      startedAtMs(process, scan) >= wanted.marks.startedAtMs - 2_000 &&
      ancestorsOf(process.pid, scan).some((ancestor) => ancestor.readable),
  );
  const [first] = hidden;
  if (first === undefined) return;
  throw new CouldNotLook({
    reason: 'linux-permission',
    why: `Hay procesos de root que no puedo mirar, como ${first.comm} (PID ${first.pid}); el tuyo puede ser uno de ellos.`,
    next: 'Abre el curso con `sudo -E curso`, o haz el ejercicio sin `sudo` con `unshare -Ur …`.',
  });
}
