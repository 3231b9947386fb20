import { maxScore, type Plugin } from '../framework/plugin.ts';

/** Nodes whose CPU and memory would be used in like parts come first. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  events: [],
  score(_state, { needs }, { allocatable, requested }) {
    const parts: number[] = [];
    if (allocatable.cpu > 0) parts.push(Math.min(1, (requested.cpu + needs.requests.cpu) / allocatable.cpu));
    if (allocatable.memory > 0)
      parts.push(Math.min(1, (requested.memory + needs.requests.memory) / allocatable.memory));
    const [cpu = 0, memory = cpu] = parts;
    // Half the difference of two is their standard deviation.
    return Math.trunc((1 - Math.abs((cpu - memory) / 2)) * maxScore);
  },
};
