import type { Json, JsonObject } from '../../base/json.ts';
import { CouldNotLook, type DockerView } from '../../checks/backend.ts';
import { probe, readChanges, readContainerFile, readLogs } from './container-io.ts';
import { type Engine, EngineError } from './engine.ts';
import { type EventWatch, watchEvents } from './events.ts';
import { createImageSearch } from './layers.ts';
import { nearNames } from './near.ts';

/** One engine as the checks see it. Nothing here changes anything in it. */
export interface DockerLink {
  readonly engine: Engine;
  readonly view: DockerView;
  onChange(listener: () => void): () => void;
  close(): void;
}

const maxContainers = 100;

export function openDockerLink(engine: Engine): DockerLink {
  const watch = watchEvents(engine);
  return {
    engine,
    view: createDockerView(engine, watch),
    onChange: watch.onChange,
    close: watch.close,
  };
}

function createDockerView(engine: Engine, watch: EventWatch): DockerView {
  const object = async (path: string, accept: (found: JsonObject) => boolean) => {
    const found = asObject(await engine.json(path));
    return found !== undefined && accept(found) ? found : undefined;
  };
  const search = createImageSearch(engine);
  // The engine also finds things by the beginning of their id: `cafe` could be somebody else's container.
  const isNamed = (name: string, key: string) => (found: JsonObject) =>
    String(found[key]).replace(/^\//, '') === name ||
    (/^[0-9a-f]{12,64}$/.test(name) && String(found['Id']).startsWith(name));

  return {
    level: 'docker',
    apiVersion: engine.apiVersion,
    container: (name) =>
      honest(() => object(`/containers/${encodeURIComponent(name)}/json`, isNamed(name, 'Name'))),
    containers: (filter) =>
      honest(async () => {
        const filters = {
          ...(filter.label === undefined ? {} : { label: [filter.label] }),
          ...(filter.volume === undefined ? {} : { volume: [filter.volume] }),
          ...(filter.name === undefined ? {} : { name: [quoteRegExp(filter.name)] }),
        };
        const query = { all: true, limit: maxContainers, filters };
        return asList(await engine.json('/containers/json', { query }));
      }),
    image: (reference) => honest(() => object(`/images/${imagePath(reference)}/json`, () => true)),
    imageHistory: (reference) =>
      honest(async () => asList(await engine.json(`/images/${imagePath(reference)}/history`))),
    network: (name) => honest(() => object(`/networks/${encodeURIComponent(name)}`, isNamed(name, 'Name'))),
    volume: (name) => honest(() => object(`/volumes/${encodeURIComponent(name)}`, isNamed(name, 'Name'))),
    logs: (container, tailLines) => honest(() => readLogs(engine, container, tailLines)),
    changes: (container) => honest(() => readChanges(engine, container)),
    events: (sinceMs, container) => honest(() => watch.since(sinceMs, container)),
    probe: (container, argv) => honest(() => probe(engine, container, argv)),
    readFile: (container, path) => honest(() => readContainerFile(engine, container, path)),
    searchImage: (reference, text) => honest(() => search(imagePath(reference), text)),
    near: (kind, name) => honest(async () => nearNames(name, await namesOf(engine, kind))),
  };
}

/** A refusal of the engine (500, 409…) is "could not look", with the engine's own words. */
async function honest<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new CouldNotLook(
      {
        reason: 'internal',
        why: `El motor de Docker se negó: ${error.message}`,
        next: 'Si el mensaje no te dice qué cambiar, mira el registro del motor (`journalctl -u docker` en Linux).',
      },
      { cause: error },
    );
  }
}

async function namesOf(engine: Engine, kind: Parameters<DockerView['near']>[0]): Promise<readonly string[]> {
  switch (kind) {
    case 'container': {
      const list = asList(await engine.json('/containers/json', { query: { all: true } }));
      return list.flatMap(({ Names }) => asTexts(Names).map((name) => name.replace(/^\//, '')));
    }
    case 'image': {
      const list = asList(await engine.json('/images/json'));
      return list.flatMap(({ RepoTags }) => asTexts(RepoTags));
    }
    case 'network':
      return asList(await engine.json('/networks')).map(({ Name }) => String(Name));
    case 'volume': {
      const answer = asObject(await engine.json('/volumes'));
      return asList(answer?.['Volumes']).map(({ Name }) => String(Name));
    }
  }
}

/** A reference keeps its slashes: the engine's router wants them. */
const imagePath = (reference: string) => reference.split('/').map(encodeURIComponent).join('/');

const quoteRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function asList(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function asTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
