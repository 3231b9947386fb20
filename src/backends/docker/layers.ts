import type { Json, JsonObject } from '../../base/json.ts';
import type { Engine } from './engine.ts';
import { createTarParser, readTar } from './tar.ts';

/** Where a text turned up in an image. */
export interface ImageSearch {
  readonly count: number;
  /** «historial», «configuración» or the path of a file in some layer (`/app/clave.txt`); at most 20. */
  readonly where: readonly string[];
  /** False when the image is too big and only its beginning was read. */
  readonly complete: boolean;
}

const maxArchiveBytes = 64 * 1024 * 1024;
const maxTimeMs = 15_000;
const maxPlaces = 20;

/**
 * Looks for a text in everything an image carries: its configuration, its history and every file of every layer, those
 * hidden by a later layer included. Reads `docker save` as a stream, never storing it.
 * @param imagePath reference, already escaped for a URL. `undefined` result: no such image.
 */
export async function searchImage(
  engine: Engine,
  imagePath: string,
  wanted: string,
): Promise<ImageSearch | undefined> {
  const facts = (await engine.json(`/images/${imagePath}/json`)) as JsonObject | undefined;
  if (facts === undefined) return undefined;
  const places: string[] = [];
  let count = 0;
  const found = (where: string, times = 1) => {
    count += times;
    if (!places.includes(where) && places.length < maxPlaces) places.push(where);
  };
  const history = await engine.json(`/images/${imagePath}/history`);
  for (const text of commandsOf(history)) if (text.includes(wanted)) found('historial');
  const config = facts['Config'] as JsonObject | undefined;
  for (const text of texts(config ?? {})) if (text.includes(wanted)) found('configuración');

  const archive = await engine.stream(`/images/${imagePath}/get`, { timeoutMs: 5_000 });
  if (archive === undefined) return undefined;
  let onTime = true;
  const stop = engine.clock.after(maxTimeMs, () => {
    onTime = false;
    archive.destroy();
  });
  try {
    const whole = await readTar(archive, maxArchiveBytes, (entry) => {
      // Layers are `<id>/layer.tar` (until 24) or `blobs/sha256/…` (OCI); JSON ones were searched above.
      if (entry.type !== 'file') return 'skip';
      return searchLayer(Buffer.from(wanted), found);
    });
    return { count, where: places, complete: whole && onTime };
  } catch (error) {
    if (!onTime) return { count, where: places, complete: false };
    throw error;
  } finally {
    stop();
    archive.destroy();
  }
}

/** Reads one layer: a tar inside the tar. What is not a tar (manifests) yields nothing that counts. */
function searchLayer(wanted: Buffer, found: (where: string, times: number) => void): (data: Buffer) => void {
  let isTar: boolean | undefined;
  let head = Buffer.alloc(0);
  let file = '';
  let search = createSearch(wanted);
  const parser = createTarParser(
    (entry) => {
      if (entry.name.includes(wanted.toString('utf8'))) found(rooted(entry.name), 1);
      if (entry.type !== 'file') return 'skip';
      file = entry.name;
      search = createSearch(wanted);
      return search.push;
    },
    () => {
      const times = search.count();
      if (times > 0) found(rooted(file), times);
    },
  );
  return (data) => {
    if (isTar === false) return;
    if (isTar === undefined) {
      head = Buffer.concat([head, data]);
      if (head.length < 512) return;
      isTar = head.subarray(257, 262).toString('latin1') === 'ustar';
      if (isTar) parser(head);
      head = Buffer.alloc(0);
      return;
    }
    parser(data);
  };
}

/** Counts a text in a stream of chunks, also when a cut falls in the middle of it. */
function createSearch(wanted: Buffer) {
  let times = 0;
  let carry = Buffer.alloc(0);
  return {
    push(data: Buffer): void {
      const joined = Buffer.concat([carry, data]);
      let from = 0;
      for (let at = joined.indexOf(wanted); at >= 0; at = joined.indexOf(wanted, from)) {
        times += 1;
        from = at + wanted.length;
      }
      carry = Buffer.from(joined.subarray(Math.max(from, joined.length - wanted.length + 1)));
    },
    count: () => times,
  };
}

const rooted = (name: string) => `/${name.replace(/^\.?\//, '')}`;

function commandsOf(history: Json | undefined): readonly string[] {
  return Array.isArray(history) ? history.map((step) => String((step as JsonObject)['CreatedBy'] ?? '')) : [];
}

/** Every text inside a value, keys too. */
function texts(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...texts(inner as Json)]);
}
