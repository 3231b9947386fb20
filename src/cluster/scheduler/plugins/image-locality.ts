import { maxScore, type Plugin } from '../framework/plugin.ts';

const mebibyte = 1024 * 1024;
const leastBytes = 23 * mebibyte;
const mostBytesPerContainer = 1000 * mebibyte;

/** Nodes that have the images already come first, the less so the fewer nodes have them: a crowd on one would be worse. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  events: [],
  score(_state, { pod }, node, snapshot) {
    const init = pod.spec?.initContainers ?? [];
    const main = pod.spec?.containers ?? [];
    let sum = 0;
    for (const { image = '' } of [...init, ...main]) {
      const state = snapshot.image(withTag(image));
      if (state?.nodes.has(node.name) !== true) continue;
      sum += Math.trunc(state.sizeBytes * (state.nodes.size / snapshot.nodes.length));
    }
    const most = mostBytesPerContainer * (init.length + main.length);
    const bounded = Math.max(leastBytes, Math.min(most, sum));
    return Math.trunc((maxScore * (bounded - leastBytes)) / (most - leastBytes));
  },
};

/** As nodes list them. Mirrors normalizedImageName. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
