import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/commands/services/explanation.ts';
import { printExplanation } from '../../src/commands/services/explanation-text.ts';

const told: Explanation = {
  version: 1,
  kind: 'Pod',
  namespace: 'panaderia',
  name: 'horno',
  uid: 'u',
  createdAt: '2026-01-02T03:04:05Z',
  resourceVersion: '41',
  writers: [
    { manager: 'kubectl', operation: 'Update', subresource: 'scale', time: '', fields: ['spec.replicas'] },
  ],
  owners: [],
  events: [],
  raft: { leader: 'master-2', term: 3, commitIndex: 40 },
};

function printed(explanation: Explanation): string {
  const lines: string[] = [];
  printExplanation(
    { print: (line = '') => lines.push(line), paint: (_style: string, text: string) => text } as never,
    explanation,
  );
  return lines.join('\n');
}

describe('the explanation of an object', () => {
  it('tells the store’s revision from the index of Raft', () => {
    expect(printed(told)).toContain(
      'última escritura: revisión 41 · Raft: término 3, líder master-2, índice comprometido 40',
    );
  });

  it('says when nobody noted the time of a write', () => {
    expect(printed(told)).toContain('sin hora kubectl (Update de scale): spec.replicas');
  });

  it('asks why no node, of a Pod that has none', () => {
    const decision = {
      time: '2026-01-02T03:04:05Z',
      nominated: undefined,
      message: '0/1 nodes are available: 1 Insufficient cpu.',
      nodes: [
        {
          name: 'nodo-1',
          refused: { plugin: 'NodeResourcesFit', reason: 'Insufficient cpu' },
          scores: [],
          total: 0,
        },
      ],
    };
    const none = printed({ ...told, scheduling: { ...decision, node: undefined } });
    expect(none).toContain('Por qué en ningún nodo\n  nodo-1  ✗ NodeResourcesFit: Insufficient cpu');
    expect(none).toContain('Ningún nodo: 0/1 nodes are available');
    const only = { name: 'nodo-1', scores: [], total: 0 };
    const one = printed({ ...told, scheduling: { ...decision, node: 'nodo-1', nodes: [only] } });
    expect(one).toContain(
      'Por qué en ese nodo\n  nodo-1  ✓ el único que sirve: no hace falta puntuar\n  Elegido: nodo-1',
    );
    expect(one).not.toContain('Se le guardó');
    const made = { ...told, nominatedNode: 'nodo-1', scheduling: { ...decision, node: 'nodo-1' } };
    expect(printed(made)).toContain('Se le guardó nodo-1: allí se desalojó a Pods de menos prioridad');
  });
});
