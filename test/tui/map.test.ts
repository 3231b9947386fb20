import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../src/base/width.ts';
import { type ClusterMap, type MapPod, podLooks } from '../../src/course/session/map.ts';
import { step } from '../../src/course/session.ts';
import { frameLines } from '../../src/tui/frame.ts';
import { eventsFor } from '../../src/tui/keymap.ts';
import { mapScreen } from '../../src/tui/screens/map.ts';
import { unicodeGlyphs } from '../../src/tui/style.ts';
import { drawn, lookAt } from '../helpers/screens.tsx';
import { newSession, play } from '../helpers/session.ts';

const pod = (name: string, look: MapPod['look'] = 'ready', status = 'Running'): MapPod => ({
  namespace: 'panaderia',
  name,
  status,
  look,
});

const map: ClusterMap = {
  state: 'live',
  why: '',
  next: '',
  title: 'Kubernetes v1.32.13',
  pace: 'reloj ×10',
  masters: [
    { name: 'master-1', role: 'stopped', term: 3, commitIndex: 410, reachable: false },
    { name: 'master-2', role: 'leader', term: 4, commitIndex: 512, reachable: true },
    { name: 'master-3', role: 'follower', term: 4, commitIndex: 512, reachable: true },
  ],
  nodes: [
    { name: 'nodo-1', ready: true, note: '', pods: [pod('mostrador-7d4b9-x2k')] },
    {
      name: 'nodo-2',
      ready: false,
      note: 'apagado',
      pods: [pod('mostrador-7d4b9-abc', 'failing', 'CrashLoopBackOff')],
    },
    { name: 'nodo-3', ready: true, note: 'no admite Pods nuevos', pods: [] },
  ],
  waiting: [pod('horno-0', 'starting', 'Pending')],
  services: [
    { namespace: 'panaderia', name: 'mostrador', ready: 1, total: 2, pods: ['mostrador-7d4b9-x2k'] },
  ],
  events: ['el ReplicaSet mostrador-7d4b9 creó el Pod mostrador-7d4b9-x2k'],
};

const overlay = (shown: ClusterMap | undefined, scroll = 0) => ({ kind: 'map', map: shown, scroll }) as const;
const sizes = [
  [80, 24],
  [120, 40],
  [60, 20],
] as const;

describe.each(sizes)('the live map at %i×%i', (columns, rows) => {
  const session = play(newSession(), { type: 'map' }, { type: 'mapChanged', map });
  const lines = drawn(session, columns, rows);
  const text = lines.join('\n');

  it('shows masters, nodes with their Pods, who waits, Services and what just happened', () => {
    expect(text).toMatch(/Mapa del clúster · Kubernetes v1\.32\.13 +reloj ×10/);
    expect(text).toMatch(/quórum: 2 de 3/);
    expect(text).toMatch(/master-2 +líder +término 4 +comprometido 512/);
    expect(text).toMatch(/nodo-2 +no listo, apagado +1 Pod/);
    expect(text).toContain('mostrador-7d4b9-x2k');
    expect(text).toContain('CrashLoopBackOff');
    expect(text).toMatch(/nodo-3 +listo, no admite Pods nuevos +0 Pods/);
    if (rows < 24) return;
    expect(text).toContain('horno-0 Pending');
    expect(text).toMatch(/panaderia\/mostrador .*1\/2/);
    expect(text).toContain('creó el Pod mostrador-7d4b9-x2k');
  });

  it('keeps within the screen', () => {
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('says when there is no cluster, and how to start it', () => {
    const stopped: ClusterMap = {
      ...map,
      state: 'stopped',
      title: '',
      pace: '',
      why: 'El clúster integrado no está en marcha.',
      next: 'Arráncalo con `curso cluster iniciar`.',
    };
    const said = frameLines(mapScreen(overlay(stopped), lookAt(columns, rows)), lookAt(columns, rows));
    expect(said.join('\n')).toContain('Arráncalo con `curso cluster iniciar`.');
    expect(said.join('\n')).not.toContain('nodo-1');
  });

  it('waits for its first look', () => {
    expect(drawn(play(newSession(), { type: 'map' }), columns, rows).join('\n')).toContain(
      'Mirando el clúster…',
    );
  });
});

describe('the clock on the live map', () => {
  const opened = (paused: boolean | undefined) =>
    play(
      newSession(),
      { type: 'map' },
      {
        type: 'mapChanged',
        map: { ...map, pace: 'reloj en pausa, 10:00:01,5', ...(paused === undefined ? {} : { paused }) },
      },
    );
  const press = (paused: boolean | undefined, character: string) => {
    const state = opened(paused);
    const screen = mapScreen(overlay(map), lookAt(80, 24));
    const events = eventsFor(state, { character }, screen, lookAt(80, 24));
    return events.flatMap((event) => step(state, event).effects);
  };
  const moved = (action: string) => [{ type: 'moveClock', action }];

  it('is stopped and let run with p, and moved with a while it stands', () => {
    expect(press(false, 'p')).toEqual(moved('pausar'));
    expect(press(true, 'p')).toEqual(moved('seguir'));
    expect(press(true, 'a')).toEqual(moved('avanzar'));
  });

  it('is not pushed while it runs, nor where it cannot be moved', () => {
    expect(press(false, 'a')).toEqual([]);
    for (const character of ['p', 'a']) expect(press(undefined, character)).toEqual([]);
  });

  it.each(sizes)('shows its keys and its time at %i×%i', (columns, rows) => {
    const paused = drawn(opened(true), columns, rows).join('\n');
    expect(paused).toMatch(/reloj en pausa, 10:00:01,5/);
    expect(paused).toMatch(/p seguir .*a avanzar medio segundo/);
    expect(drawn(opened(false), columns, rows).join('\n')).toMatch(/p pausar el reloj/);
    expect(drawn(opened(undefined), columns, rows).join('\n')).not.toMatch(/pausar/);
  });

  it('says each step to those who listen', () => {
    const { body } = mapScreen(
      overlay({ ...map, pace: 'reloj en pausa, 10:00:01,5', paused: true }),
      lookAt(80, 24, { linear: true }),
    );
    expect(body.kind === 'lines' ? body.lines[0] : '').toBe('En el clúster: reloj en pausa, 10:00:01,5.');
  });
});

describe('the live map for those who listen', () => {
  const look = lookAt(80, 24, { linear: true });
  const { body } = mapScreen(overlay(map), look);
  const said = body.kind === 'lines' ? body.lines : [];

  it('says one thing in each line, without signs', () => {
    expect(said).toEqual([
      'master-1: parado, término 3, comprometido 410.',
      'master-2: líder, término 4, comprometido 512.',
      'master-3: seguidor, término 4, comprometido 512.',
      'nodo-1: listo; 1 Pod.',
      'En nodo-1: mostrador-7d4b9-x2k, listo.',
      'nodo-2: no listo, apagado; 1 Pod.',
      'En nodo-2: mostrador-7d4b9-abc, con problemas (CrashLoopBackOff).',
      'nodo-3: listo, no admite Pods nuevos; 0 Pods.',
      'Sin nodo: horno-0, arrancando (Pending).',
      'Service mostrador de panaderia: 1 de 2 endpoints listos.',
      'el ReplicaSet mostrador-7d4b9 creó el Pod mostrador-7d4b9-x2k',
    ]);
    expect(said.join('')).not.toMatch(/[●○✗↓✓→─]/);
  });
});

/** The signs of the whole program, and no others: each takes one cell. The rest of the text is letters. */
const signs = new RegExp(`[${Object.values(unicodeGlyphs).join('').replace('-', '')}×]`, 'gu');

const words = fc.string({ minLength: 1, maxLength: 70, unit: fc.constantFrom(...'abz0-.ñ') });
const anyPod = fc.record({
  namespace: words,
  name: words,
  status: fc.constantFrom('Running', 'CrashLoopBackOff', 'Init:CreateContainerConfigError', 'Pending'),
  look: fc.constantFrom(...podLooks),
});
const anyMap = fc.record({
  state: fc.constant('live' as const),
  why: fc.constant(''),
  next: fc.constant(''),
  title: words,
  pace: words,
  masters: fc.array(
    fc.record({
      name: words,
      role: fc.constantFrom('leader', 'follower', 'candidate', 'stopped'),
      term: fc.nat(),
      commitIndex: fc.nat(),
      reachable: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
  nodes: fc.array(
    fc.record({ name: words, ready: fc.boolean(), note: words, pods: fc.array(anyPod, { maxLength: 12 }) }),
    { maxLength: 6 },
  ),
  waiting: fc.array(anyPod, { maxLength: 4 }),
  services: fc.array(
    fc.record({
      namespace: words,
      name: words,
      ready: fc.nat(9),
      total: fc.nat(9),
      pods: fc.array(words, { maxLength: 9 }),
    }),
    { maxLength: 4 },
  ),
  events: fc.array(words, { maxLength: 30 }),
}) satisfies fc.Arbitrary<ClusterMap>;

describe('whatever the cluster holds', () => {
  it('every frame has the lines of the screen, none is wider, and signs take one cell', () => {
    fc.assert(
      fc.property(anyMap, fc.constantFrom(...sizes), fc.nat(60), (shown, [columns, rows], scroll) => {
        const look = lookAt(columns, rows);
        const lines = frameLines(mapScreen(overlay(shown, scroll), look), look);
        expect(lines).toHaveLength(rows);
        for (const line of lines) {
          expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(line.replace(signs, '')).toMatch(/^[\p{L}\p{N}\p{P} +|]*$/u);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a node’s Pods are all there, each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(9_999), { maxLength: 20 }), (numbers) => {
        const pods = numbers.map((number) => pod(`pan-${String(number).padStart(4, '0')}`));
        const shown = { ...map, nodes: [{ name: 'nodo-1', ready: true, note: '', pods }] };
        const look = lookAt(80, 200);
        const text = frameLines(mapScreen(overlay(shown), look), look).join('\n');
        for (const { name } of pods) expect(text.split(name)).toHaveLength(2);
      }),
    );
  });
});

it('the map is one of the screens, and can be drawn without Unicode', () => {
  const session = play(newSession(), { type: 'map' }, { type: 'mapChanged', map });
  const lines = drawn(session, 80, 24, true).join('\n');
  expect(lines.normalize('NFD').replace(/\p{M}/gu, '')).toMatch(/^[\x20-\x7e\n]*$/);
});
