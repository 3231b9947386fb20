import path from 'node:path';
import { loadCatalogue } from '../cluster/kubelet/runtimes/simulated/index.ts';
import { withMissingImages } from './pods-replay/missing-images.ts';
import { readRecording } from './pods-replay/recording.ts';
import { replayRecording, type Seen } from './pods-replay/replay.ts';
import { loadPodSchemas } from './pods-replay/world.ts';

export interface PodsReplay {
  /** Holds `<scenario>.jsonl`. */
  readonly folder: string;
  /** Scenarios. */
  readonly areas: readonly string[];
  /** The folder `assets` of the course. */
  readonly assets: string;
  /** Scenarios whose `pods/name` it matches. */
  readonly only?: RegExp;
  /** Told what was seen of each scenario. */
  readonly onSeen?: (seen: Seen) => void;
  onResult(result: { readonly id: string; readonly difference: string | undefined }): void;
}

export interface PodsResult {
  readonly area: string;
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly { readonly id: string; readonly difference: string }[];
}

/** Chance is chance: a scenario passes when one of these throws of the dice gives what was recorded. */
const seeds = [11, 23, 37];

/** Plays recorded lives of Pods against a whole cluster of ours, with simulated containers and a virtual clock. */
export async function replayPods(options: PodsReplay): Promise<PodsResult[]> {
  const schemas = loadPodSchemas(options.assets);
  const recorded = path.join(options.assets, '..', 'src', 'dev', 'pods-replay', 'imagenes');
  const folders = [path.join(options.assets, 'imagenes'), recorded];
  const catalogue = await loadCatalogue(folders, () => undefined);
  const failed: { id: string; difference: string }[] = [];
  let total = 0;
  for (const area of options.areas) {
    if (options.only?.test(`pods/${area}`) === false) continue;
    total += 1;
    let difference: string | undefined;
    for (const [index, seed] of seeds.entries()) {
      const play = async () => {
        const recording = readRecording(path.join(options.folder, `${area}.jsonl`));
        const images = await withMissingImages(recording, catalogue, folders);
        return replayRecording(recording, schemas, images, seed, options.onSeen);
      };
      const found = await play().catch(
        (error: unknown) => `failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
      if (index === 0 || found === undefined) difference = found;
      if (found === undefined) break;
    }
    if (difference !== undefined) failed.push({ id: area, difference });
    options.onResult({ id: `pods/${area}`, difference });
  }
  return [{ area: 'pods', passed: total - failed.length, total, failed }];
}
