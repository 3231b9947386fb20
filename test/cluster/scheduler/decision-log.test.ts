import { expect, it } from 'vitest';
import { type AttemptRecord, createDecisionLog } from '../../../src/cluster/scheduler/decision-log.ts';

const attempt = (pod: string, nodes: number): AttemptRecord => {
  const feasible = Array.from({ length: nodes }, (_, at) => `n${at}`);
  const numbers = feasible.map((_, at) => at);
  return {
    namespace: 'obrador',
    pod,
    uid: pod,
    atMs: 0,
    attempt: 1,
    outcome: 'scheduled',
    totalNodes: nodes,
    refusals: new Map(),
    othersRefused: undefined,
    feasible,
    scores: [{ plugin: 'P', weight: 2, raw: numbers, scores: numbers }],
  };
};
const remembered = (log: ReturnType<typeof createDecisionLog>, count: number) =>
  Array.from({ length: count }, (_, at) => `p${at}`).filter((pod) => log.of('obrador', pod) !== undefined);

it('remembers the last Pods, each once', () => {
  const log = createDecisionLog(2);
  for (const pod of ['p0', 'p1', 'p0', 'p2']) log.record(attempt(pod, 3));
  expect(remembered(log, 3)).toEqual(['p0', 'p2']);
  expect(log.of('obrador', 'p2')?.nodes.map(({ node, total }) => `${node} ${total}`)).toEqual([
    'n0 0',
    'n1 2',
    'n2 4',
  ]);
});

it('remembers fewer where there are many nodes, and the best of them', () => {
  const log = createDecisionLog(1000);
  for (let at = 0; at < 300; at++) log.record(attempt(`p${at}`, 150));
  expect(remembered(log, 300)).toEqual(Array.from({ length: 200 }, (_, at) => `p${100 + at}`));
  const nodes = log.of('obrador', 'p299')?.nodes ?? [];
  expect(nodes).toHaveLength(100);
  expect(nodes[0]).toMatchObject({ node: 'n149', total: 298 });
});
