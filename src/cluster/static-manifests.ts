import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { listNames, makeFolder, readText } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import type { Pod } from '../kube/api/core-v1.ts';
import { podManifest } from './pod-manifest.ts';

export interface ManifestsOptions {
  /** Of the cluster's data: each node has `nodos/<node>/manifests/` there. */
  readonly folder: string;
  readonly nodes: readonly string[];
  readonly schemas: Parameters<typeof podManifest>[1];
  readonly owner: Owner | undefined;
  /** Real time: whoever writes a file does not live by the cluster's. */
  readonly clock: Clock;
  /** The files of a node are others now. */
  set(node: string, manifests: ReadonlyMap<string, Pod>): void;
}

/** The folders that the kubelets take static Pods from. */
export interface StaticManifests {
  /** Undefined: this node has none. */
  folderOf(node: string): string | undefined;
  /** Files that cannot be used, in Spanish with file and line. */
  problems(): readonly string[];
  stop(): void;
}

const lookMs = 1_000;
/** A cluster of thousands of nodes is not made to be fed by hand. */
const maxNodes = 20;
const maxFiles = 50;
const maxBytes = 1024 * 1024;
const problemsShown = 5;

/** Makes the folders and reads what they hold, then again whenever a file changes. What cannot be made or read is a problem, never an error. */
export async function watchManifests(options: ManifestsOptions): Promise<StaticManifests> {
  const folders = options.nodes.slice(0, maxNodes).map((node) => new Folder(node, options));
  for (const folder of folders) {
    await makeFolder(folder.path, options.owner).catch(() => undefined);
    await folder.look();
  }
  let cancel = () => {};
  let stopped = false;
  const wait = () => {
    cancel = options.clock.after(lookMs, () => void again());
  };
  const again = async () => {
    for (const folder of folders) await folder.look();
    if (!stopped) wait();
  };
  wait();
  return {
    folderOf: (node) => folders.find((folder) => folder.node === node)?.path,
    problems: () => folders.flatMap(({ problems }) => problems).slice(0, problemsShown),
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** What a file was when it was last read; by its name. */
interface Known {
  readonly stamp: string;
  readonly pod: Pod | undefined;
  readonly problem: string | undefined;
}

class Folder {
  readonly node: string;
  readonly path: string;
  readonly #options: ManifestsOptions;
  #known: ReadonlyMap<string, Known> = new Map();
  #repeated: readonly string[] = [];

  constructor(node: string, options: ManifestsOptions) {
    this.node = node;
    this.path = path.join(options.folder, 'nodos', node, 'manifests');
    this.#options = options;
  }

  get problems(): readonly string[] {
    const own = [...this.#known.values()].flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
    return [...own, ...this.#repeated];
  }

  async look(): Promise<void> {
    // As the kubelet: what begins with a dot is an editor's or half written.
    const names = (await listNames(this.path)).filter((name) => !name.startsWith('.')).slice(0, maxFiles);
    const next = new Map<string, Known>();
    for (const name of names) {
      const facts = await stat(path.join(this.path, name)).catch(() => undefined);
      if (facts === undefined || facts.isDirectory()) continue;
      const stamp = `${facts.mtimeMs} ${facts.ctimeMs} ${facts.size} ${facts.ino}`;
      const known = this.#known.get(name);
      next.set(name, known?.stamp === stamp ? known : { stamp, ...(await this.#read(name)) });
    }
    const before = this.#known;
    this.#known = next;
    if (next.size === before.size && [...next].every(([name, known]) => before.get(name) === known)) return;
    this.#tell();
  }

  async #read(name: string): Promise<Omit<Known, 'stamp'>> {
    const file = path.join(this.path, name);
    const read = await readText(file, maxBytes);
    if (read.state === 'read') {
      const { pod, line, why } = podManifest(read.value, this.#options.schemas);
      const place = line === undefined ? file : `${file}, línea ${line}`;
      return { pod, problem: why === undefined ? undefined : `${place}: ${why}` };
    }
    const why = read.state === 'missing' ? 'ya no está' : read.why;
    return { pod: undefined, problem: `${file}: ${why}` };
  }

  /** Of two files with the same Pod the first counts: the mirrors would fight over the name. */
  #tell(): void {
    const manifests = new Map<string, Pod>();
    const owners = new Map<string, string>();
    const repeated: string[] = [];
    for (const [name, { pod }] of this.#known) {
      if (pod === undefined) continue;
      const key = `${pod.metadata?.namespace ?? 'default'}/${pod.metadata?.name ?? ''}`;
      const owner = owners.get(key);
      if (owner === undefined) manifests.set(name, pod);
      else repeated.push(`${path.join(this.path, name)}: el Pod ${key} ya está en ${owner}.`);
      owners.set(key, owner ?? name);
    }
    this.#repeated = repeated;
    this.#options.set(this.node, manifests);
  }
}
