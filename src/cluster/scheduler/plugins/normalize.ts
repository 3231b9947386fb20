import { maxScore } from '../framework/plugin.ts';

/** To 0..100 by the highest one, turned around when less is better. Mirrors helper.DefaultNormalizeScore. */
export function normalizeByHighest(scores: number[], lessIsBetter: boolean): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  if (highest === 0) {
    if (lessIsBetter) scores.fill(maxScore);
    return;
  }
  for (const [at, score] of scores.entries()) {
    const scaled = Math.trunc((maxScore * score) / highest);
    scores[at] = lessIsBetter ? maxScore - scaled : scaled;
  }
}
