import type { Json, JsonObject } from '../../base/json.ts';
import { type Engine, EngineError } from './engine.ts';

/** The label the course puts on everything it makes: `curso-k8s=<token of the attempt>`. */
export const courseLabel = 'curso-k8s';

/** Nobody waits for a look here, and what is not found is not cleaned: a busy engine gets its time. */
const timeoutMs = 15_000;

export type ObjectKind = 'container' | 'image' | 'network' | 'volume';

/** Something in the engine, with what is needed to show and to remove it. */
export interface SceneObject {
  readonly kind: ObjectKind;
  readonly id: string;
  /** What a person calls it. */
  readonly name: string;
  /** Labels as the engine lists them. */
  readonly labels: { readonly [name: string]: string };
  /** Unix ms; 0 when the engine does not say. */
  readonly createdAtMs: number;
}

export interface Removal {
  /** Spanish, one line per thing removed: «el contenedor pan-7f3c». */
  readonly removed: readonly string[];
  /** Spanish: what could not be removed, why, and the command that does it. */
  readonly left: readonly string[];
}

/** What carries the course's label: that of one attempt, or (without token) of any. */
export function listScene(engine: Engine, token?: string): Promise<readonly SceneObject[]> {
  return list(engine, { label: [token === undefined ? courseLabel : `${courseLabel}=${token}`] });
}

/**
 * What the learner made while doing an attempt, recognised by the attempt's random names (`pan-7f3c`): objects called
 * exactly so, or so plus a separator (`pan-7f3c-red`, `pan-7f3c_default`, `pan/mostrador:7f3c`). It does not carry the
 * label, so it is the learner's: to be named, not removed, unless the course itself played the learner.
 */
export async function listNamed(engine: Engine, names: readonly string[]): Promise<readonly SceneObject[]> {
  const wanted = names.filter((name) => name.length >= 4);
  if (wanted.length === 0) return [];
  const all = await list(engine, {});
  return all.filter(({ name }) =>
    wanted.some((word) => {
      const at = name.indexOf(word);
      if (at < 0) return false;
      const before = name[at - 1] ?? '';
      const after = name[at + word.length] ?? '';
      return !/[A-Za-z0-9]/.test(before) && !/[A-Za-z0-9]/.test(after);
    }),
  );
}

/** Images that lessons start from. */
const baseImages = ['busybox:1.37', 'nginx:1.29-alpine', 'redis:8-alpine'];

/**
 * Images without a name that building left behind since a moment: those whose tag moved on to a newer one. Nothing in
 * them says whose they are, so only those built on an image of the course count. For proofs, where the course itself
 * played the learner. The steps of the classic builder (they have a parent) are not touched: they are the cache of
 * builds that may be under way, and taking a step away breaks them. BuildKit leaves none.
 * @param sinceMs Unix ms, by the engine's clock.
 */
export async function listBuildLeftovers(engine: Engine, sinceMs: number): Promise<readonly SceneObject[]> {
  const bases = await Promise.all(
    baseImages.map(async (name) => firstLayer(await inspectImage(engine, name))),
  );
  const nameless = imagesOf(
    await engine.json('/images/json', { query: { filters: { dangling: ['true'] } }, timeoutMs }),
  );
  const left: SceneObject[] = [];
  for (const image of nameless.filter(({ createdAtMs }) => createdAtMs >= sinceMs - 1_000)) {
    const facts = await inspectImage(engine, image.id);
    const layer = firstLayer(facts);
    if (layer !== undefined && bases.includes(layer) && !facts?.['Parent']) left.push(image);
  }
  return left;
}

async function inspectImage(engine: Engine, image: string): Promise<JsonObject | undefined> {
  return (await engine.json(`/images/${image}/json`, { timeoutMs })) as JsonObject | undefined;
}

function firstLayer(image: JsonObject | undefined): string | undefined {
  const layers = (image?.['RootFS'] as JsonObject | undefined)?.['Layers'];
  return Array.isArray(layers) ? String(layers[0]) : undefined;
}

/** Removes everything with the course's label (of one attempt, or of any) and nothing else. Idempotent. */
export async function removeScene(engine: Engine, token?: string): Promise<Removal> {
  const objects = await listScene(engine, token);
  // The engine filtered already; looking again costs nothing and this is the one place that deletes.
  const ours = objects.filter(({ labels }) =>
    token === undefined ? Object.hasOwn(labels, courseLabel) : labels[courseLabel] === token,
  );
  return removeObjects(engine, ours);
}

const removalOrder: readonly ObjectKind[] = ['container', 'image', 'network', 'volume'];

/** Removes these objects, containers first. What somebody else still uses is left, and said. */
export async function removeObjects(engine: Engine, objects: readonly SceneObject[]): Promise<Removal> {
  const removed: string[] = [];
  const left: string[] = [];
  for (const kind of removalOrder) {
    for (const object of objects.filter((one) => one.kind === kind)) {
      try {
        await remove(engine, object);
        removed.push(describe(object));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Two at the same image: the engine tells the slower one of its own confusion.
        if (await isGone(engine, object)) continue;
        left.push(`${describe(object)} (${error.message}); se quita con \`${removalCommand(object)}\``);
      }
    }
  }
  return { removed, left };
}

/** «el contenedor pan-7f3c» */
export function describe({ kind, name }: SceneObject): string {
  const nouns = { container: 'el contenedor', image: 'la imagen', network: 'la red', volume: 'el volumen' };
  return `${nouns[kind]} ${name}`;
}

/** The command with which a learner removes it. */
export function removalCommand({ kind, name }: SceneObject): string {
  const commands = {
    container: 'docker rm -fv',
    image: 'docker image rm',
    network: 'docker network rm',
    volume: 'docker volume rm',
  };
  return `${commands[kind]} ${name}`;
}

async function remove(engine: Engine, { kind, id }: SceneObject): Promise<void> {
  const path = { container: 'containers', image: 'images', network: 'networks', volume: 'volumes' }[kind];
  const query = kind === 'container' ? { force: true, v: true } : kind === 'network' ? {} : { force: true };
  // 404: somebody was faster; it is gone all the same.
  await engine.json(`/${path}/${encodeURIComponent(id)}`, { method: 'DELETE', query, timeoutMs });
}

async function isGone(engine: Engine, { kind, id }: SceneObject): Promise<boolean> {
  const path = { container: 'containers', image: 'images', network: 'networks', volume: 'volumes' }[kind];
  const inspect = kind === 'container' || kind === 'image' ? '/json' : '';
  const found = engine.json(`/${path}/${encodeURIComponent(id)}${inspect}`, { timeoutMs });
  return found.then(
    (object) => object === undefined,
    () => false,
  );
}

async function list(engine: Engine, filters: object): Promise<readonly SceneObject[]> {
  const [containers, images, networks, volumes] = await Promise.all([
    engine.json('/containers/json', { query: { all: true, filters }, timeoutMs }),
    engine.json('/images/json', { query: { filters }, timeoutMs }),
    engine.json('/networks', { query: { filters }, timeoutMs }),
    engine.json('/volumes', { query: { filters }, timeoutMs }),
  ]);
  return [
    ...rows(containers).map((row) => ({
      kind: 'container' as const,
      id: String(row['Id']),
      name: firstText(row['Names'], String(row['Id']).slice(0, 12)).replace(/^\//, ''),
      labels: labelsOf(row),
      createdAtMs: Number(row['Created'] ?? 0) * 1000,
    })),
    ...imagesOf(images),
    ...rows(networks).map((row) => ({
      kind: 'network' as const,
      id: String(row['Id']),
      name: String(row['Name']),
      labels: labelsOf(row),
      createdAtMs: Date.parse(String(row['Created'])) || 0,
    })),
    ...rows((volumes as JsonObject | undefined)?.['Volumes']).map((row) => ({
      kind: 'volume' as const,
      id: String(row['Name']),
      name: String(row['Name']),
      labels: labelsOf(row),
      createdAtMs: Date.parse(String(row['CreatedAt'])) || 0,
    })),
  ];
}

function imagesOf(value: Json | undefined): readonly SceneObject[] {
  return rows(value).map((row) => ({
    kind: 'image' as const,
    id: String(row['Id']),
    name: firstText(row['RepoTags'], String(row['Id']).replace('sha256:', '').slice(0, 12)),
    labels: labelsOf(row),
    createdAtMs: Number(row['Created'] ?? 0) * 1000,
  }));
}

function rows(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function labelsOf(row: JsonObject): { readonly [name: string]: string } {
  return (row['Labels'] ?? {}) as { readonly [name: string]: string };
}

function firstText(value: Json | undefined, otherwise: string): string {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return typeof first === 'string' && !first.startsWith('<none>') ? first : otherwise;
}
