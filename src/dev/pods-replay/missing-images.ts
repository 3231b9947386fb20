import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseReference } from '../../cluster/kubelet/runtimes/simulated/images/reference.ts';
import { type Catalogue, loadCatalogue } from '../../cluster/kubelet/runtimes/simulated/index.ts';
import type { Recording } from './recording.ts';

const usualBytes = 1_057_281;

/** The catalogue with the images that the recording's machine had and ours has not: a busybox under their names. */
export async function withMissingImages(
  recording: Recording,
  catalogue: Catalogue,
  folders: readonly string[],
): Promise<Catalogue> {
  const missing = new Map<string, { readonly tag: string; readonly bytes: number }[]>();
  for (const { message } of recording.events) {
    const found =
      /^Successfully pulled image "([^"]+)" .*Image size: (\d+) bytes/.exec(message) ??
      /^Container image "([^"]+)" already present/.exec(message);
    const reference = found === null ? undefined : parseReference(found[1] ?? '');
    if (found === null || reference === undefined || reference.digest !== '') continue;
    if (catalogue.lookup(reference, 'linux/amd64').kind === 'found') continue;
    const known = missing.get(reference.repository) ?? [];
    missing.set(reference.repository, [
      ...known,
      { tag: reference.tag, bytes: Number(found[2] ?? usualBytes) },
    ]);
  }
  if (missing.size === 0) return catalogue;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'curso-imagenes-'));
  try {
    const imagenes = [...missing].flatMap(([repositorio, tags]) =>
      tags.map(({ tag, bytes }) => ({
        repositorio,
        etiquetas: [tag],
        base: 'busybox',
        bytes,
        descarga: 0.02,
        orden: ['sh'],
      })),
    );
    writeFileSync(path.join(folder, 'vistas.json'), JSON.stringify({ imagenes }));
    return await loadCatalogue([...folders, folder], () => undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
