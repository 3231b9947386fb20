import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
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
const maxUnpackedBytes = 512 * 1024 * 1024;
const maxTimeMs = 15_000;
const maxPlaces = 20;
const remembered = 32;

type Found = (where: string, times: number) => void;

/**
 * Makes a function that looks for a text in everything an image carries: its configuration, its history and every file
 * of every layer, those hidden by a later layer included. Reads `docker save` as a stream, never storing it. An image
 * does not change, so the same question about the same Id is answered from memory; `undefined`: no such image.
 */
export function createImageSearch(
  engine: Engine,
): (imagePath: string, wanted: string) => Promise<ImageSearch | undefined> {
  const answers = new Map<string, Promise<ImageSearch | undefined>>();
  return async (imagePath, wanted) => {
    const facts = (await engine.json(`/images/${imagePath}/json`)) as JsonObject | undefined;
    if (facts === undefined) return undefined;
    const question = `${String(facts['Id'])} ${wanted}`;
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = searchImage(engine, imagePath, facts, wanted);
    answers.set(question, answer);
    for (const oldest of [...answers.keys()].slice(0, -remembered)) answers.delete(oldest);
    // What could not be read to the end is worth another try.
    answer.then(
      (result) => result?.complete !== true && answers.delete(question),
      () => answers.delete(question),
    );
    return answer;
  };
}

async function searchImage(
  engine: Engine,
  imagePath: string,
  facts: JsonObject,
  wanted: string,
): Promise<ImageSearch | undefined> {
  const places: string[] = [];
  let count = 0;
  const found: Found = (where, times) => {
    count += times;
    if (!places.includes(where) && places.length < maxPlaces) places.push(where);
  };
  const history = await engine.json(`/images/${imagePath}/history`);
  for (const text of commandsOf(history)) if (text.includes(wanted)) found('historial', 1);
  for (const text of texts(facts['Config'] ?? {})) if (text.includes(wanted)) found('configuración', 1);

  const archive = await engine.stream(`/images/${imagePath}/get`, { timeoutMs: 5_000 });
  if (archive === undefined) return undefined;
  let onTime = true;
  const stop = engine.clock.after(maxTimeMs, () => {
    onTime = false;
    archive.destroy();
  });
  const layers: Promise<boolean>[] = [];
  let reader: LayerReader | undefined;
  try {
    const whole = await readTar(
      archive,
      maxArchiveBytes,
      (entry) => {
        // Layers are `<id>/layer.tar` (until 24) or `blobs/sha256/…` (OCI); the JSON ones were searched above.
        if (entry.type !== 'file') return 'skip';
        reader = createLayerReader(Buffer.from(wanted), found);
        layers.push(reader.done);
        return reader.push;
      },
      () => reader?.end(),
    );
    reader?.end();
    const unpacked = await Promise.all(layers);
    return { count, where: places, complete: whole && onTime && unpacked.every(Boolean) };
  } catch (error) {
    if (!onTime) return { count, where: places, complete: false };
    throw error;
  } finally {
    stop();
    archive.destroy();
  }
}

interface LayerReader {
  push(data: Buffer): void;
  end(): void;
  /** Whether it could be read to its end. */
  readonly done: Promise<boolean>;
}

/**
 * Reads one blob of the archive. A layer is a tar, plain (classic store) or compressed (containerd's store keeps it as
 * the registry sent it). What is neither is a manifest and yields nothing.
 */
function createLayerReader(wanted: Buffer, found: Found): LayerReader {
  const tar = createLayerSearch(wanted, found);
  let head = Buffer.alloc(0);
  let unpack: Transform | undefined;
  let kind: 'unknown' | 'tar' | 'packed' | 'unreadable' | 'other' = 'unknown';
  let finish: (whole: boolean) => void = () => {};
  const done = new Promise<boolean>((resolve) => {
    finish = resolve;
  });
  const start = (): void => {
    kind = kindOf(head);
    if (kind === 'tar') tar(head);
    unpack = kind === 'packed' ? unpacker(head) : undefined;
    if (kind === 'packed' && unpack === undefined) kind = 'unreadable';
    let size = 0;
    unpack?.on('data', (data: Buffer) => {
      size += data.length;
      if (size > maxUnpackedBytes) unpack?.destroy(new Error('too big'));
      else tar(data);
    });
    unpack?.on('end', () => finish(true));
    unpack?.on('error', () => finish(false));
    unpack?.write(head);
  };
  return {
    done,
    push(data) {
      if (kind === 'tar') tar(data);
      else if (kind === 'packed') unpack?.write(Buffer.from(data));
      else if (kind === 'unknown') {
        head = Buffer.concat([head, data]);
        if (head.length >= 512) start();
      }
    },
    end() {
      if (kind === 'unknown' && head.length > 0) start();
      if (unpack !== undefined) unpack.end();
      else finish(kind !== 'unreadable');
    },
  };
}

const gzipMark = Buffer.from([0x1f, 0x8b]);
const zstdMark = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

function kindOf(head: Buffer): 'tar' | 'packed' | 'other' {
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return 'tar';
  const packed = head.subarray(0, 2).equals(gzipMark) || head.subarray(0, 4).equals(zstdMark);
  return packed ? 'packed' : 'other';
}

/** zstd came to Node in 22.15; before, such a layer cannot be read. */
function unpacker(head: Buffer): Transform | undefined {
  if (head.subarray(0, 2).equals(gzipMark)) return zlib.createGunzip();
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };
  return createZstdDecompress?.();
}

/** Searches the files of a layer, given as pieces of its tar. */
function createLayerSearch(wanted: Buffer, found: Found): (data: Buffer) => void {
  let file = '';
  let search = createSearch(wanted);
  let over = false;
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
    if (!over) over = parser(data) === 'done';
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
