import type { ClusterMap, MapMaster, MapNode, MapPod, PodLook } from '../../course/session/map.ts';
import type { Overlay } from '../../course/session/state.ts';
import { bodyRows, type Screen, viewport } from '../frame.ts';
import { type Look, twoColumns } from '../look.ts';
import type { Role } from '../style.ts';
import { clip } from '../styled.ts';
import { texts } from '../texts.ts';

type MapOverlay = Extract<Overlay, { kind: 'map' }>;

/** The sign and the colour of each look; the word is for those who listen, and for the legend. */
const looks: { readonly [look in PodLook]: readonly [sign: string, role: Role] } = {
  ready: ['●', 'acierto'],
  starting: ['○', 'espera'],
  failing: ['✗', 'fallo'],
  ending: ['↓', 'duda'],
  done: ['✓', 'tenue'],
};
const eventLines = { least: 4, most: 12 };

/** The cluster as it is now; redrawn from what the API announces. */
export function mapScreen({ map, scroll }: MapOverlay, look: Look): Screen {
  const rows = bodyRows(look);
  const lines =
    map === undefined ? ['', ` ${look.style('tenue', texts.map.loading)}`] : mapLines(map, look, rows);
  return {
    title: look.style(
      'titulo',
      map?.title === undefined ? texts.map.title : `${texts.map.title} ${look.glyphs.dot} ${map.title}`,
    ),
    right: map?.pace === undefined || map.pace === '' ? '' : look.style('espera', map.pace),
    body: viewport(lines, scroll, rows),
    next: look.linear ? '' : legend(look),
    keys: [{ key: '↑↓', does: 'desplazar' }, ...clockKeys(map), { key: 'Esc', does: 'volver' }],
  };
}

/** Only where the clock can be moved. */
function clockKeys(map: ClusterMap | undefined): Screen['keys'] {
  if (map?.state !== 'live' || map.paused === undefined) return [];
  return map.paused
    ? [
        { key: 'p', does: texts.map.resume },
        { key: 'a', does: texts.map.advance },
      ]
    : [{ key: 'p', does: texts.map.pause }];
}

function mapLines(map: ClusterMap, look: Look, rows: number): readonly string[] {
  if (map.state === 'stopped') return ['', ` ${map.why}`, ` ${look.style('acento', map.next)}`];
  if (look.linear) return spoken(map);
  const parts = [
    ...mastersLines(map.masters, look),
    ...map.nodes.flatMap((node) => nodeLines(node, look)),
    ...waitingLines(map.waiting, look),
    ...serviceLines(map, look),
  ];
  if (map.events.length === 0) return parts;
  // What just happened stays in sight while there is room for it, and more of it where there is more room.
  const free = rows - parts.length - 1;
  const told = map.events
    .slice(-Math.min(eventLines.most, Math.max(eventLines.least, free)))
    .map((event) => look.style('tenue', clip(` ${event}`, look.columns - 1)));
  const room = Math.max(0, free - Math.max(told.length, eventLines.least));
  return [
    ...parts,
    ...Array.from({ length: room }, () => ''),
    look.style('tenue', look.glyphs.rule.repeat(look.columns)),
    ...told,
  ];
}

function mastersLines(masters: readonly MapMaster[], look: Look): readonly string[] {
  if (masters.length === 0) return [];
  const alive = masters.filter(({ reachable }) => reachable).length;
  const quorum = alive > masters.length / 2;
  const head = `${texts.map.masters}  ${quorum ? look.style('acierto', texts.map.quorum(alive, masters.length)) : look.style('fallo', texts.map.noQuorum(alive, masters.length))}`;
  const width = Math.max(...masters.map(({ name }) => name.length));
  return [
    ` ${look.style('fuerte', head)}`,
    ...masters.map(({ name, role, term, commitIndex, reachable }) => {
      const sign =
        role === 'stopped'
          ? look.style('fallo', look.glyphs.off)
          : look.style(role === 'leader' ? 'acento' : reachable ? 'acierto' : 'espera', look.glyphs.on);
      const said = `${texts.map.roles[role]}${reachable || role === 'stopped' ? '' : ` (${texts.map.isolated})`}`;
      const named = role === 'leader' ? look.style('fuerte', said.padEnd(10)) : said.padEnd(10);
      return `  ${sign} ${name.padEnd(width)}  ${named} ${texts.map.term(term)}  ${texts.map.commit(commitIndex)}`;
    }),
    '',
  ];
}

function nodeLines(node: MapNode, look: Look): readonly string[] {
  const { style, glyphs } = look;
  const sign = node.ready ? style('acierto', glyphs.on) : style('fallo', glyphs.off);
  const state = [node.ready ? texts.map.ready : texts.map.notReady, node.note]
    .filter((part) => part !== '')
    .join(', ');
  const head = ` ${sign} ${style('fuerte', node.name)}  ${node.ready && node.note === '' ? style('tenue', state) : style('espera', state)}  ${style('tenue', texts.map.pods(node.pods.length))}`;
  return [head, ...podLines(node.pods, look)];
}

function waitingLines(pods: readonly MapPod[], look: Look): readonly string[] {
  if (pods.length === 0) return [];
  return [
    ` ${look.style('espera', look.glyphs.waiting)} ${look.style('fuerte', texts.map.waiting)}`,
    ...podLines(pods, look),
  ];
}

/** Cells side by side when there is width: a sign, the name, and what is wrong with it. */
function podLines(pods: readonly MapPod[], look: Look): readonly string[] {
  const columns = look.columns >= twoColumns ? 3 : look.columns >= 76 ? 2 : 1;
  const width = Math.floor((look.columns - 4) / columns);
  const cells = [...pods].sort((a, b) => (a.name < b.name ? -1 : 1)).map((pod) => cell(pod, width - 1, look));
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += columns)
    lines.push(`    ${cells.slice(at, at + columns).join(' ')}`);
  return lines;
}

function cell({ name, status, look: state }: MapPod, width: number, look: Look): string {
  const [sign, role] = looks[state];
  const word = state === 'ready' ? '' : ` ${status}`;
  const room = Math.max(6, width - 2 - word.length);
  const short = name.length <= room ? name : `${name.slice(0, 3)}…${name.slice(-(room - 4))}`;
  const plain = `${short}${word}`;
  return `${look.style(role, sign)} ${short}${look.style(role, word)}${' '.repeat(Math.max(0, width - 2 - plain.length))}`;
}

function serviceLines({ services }: ClusterMap, look: Look): readonly string[] {
  if (services.length === 0) return [];
  const width = Math.max(...services.map(({ namespace, name }) => namespace.length + name.length + 1));
  return [
    '',
    ` ${look.style('fuerte', texts.map.services)}`,
    ...services.map(({ namespace, name, ready, total, pods }) => {
      const count = `${ready}/${total}`;
      const role: Role = ready === 0 ? 'fallo' : ready < total ? 'espera' : 'acierto';
      const line = `  ${`${namespace}/${name}`.padEnd(width)} ${look.style(role, `${look.glyphs.arrow} ${count}`)}  ${look.style('tenue', pods.join(' '))}`;
      return clip(line, look.columns - 1);
    }),
  ];
}

function legend(look: Look): string {
  const parts = (Object.keys(looks) as PodLook[]).map((name) => {
    const [sign, role] = looks[name];
    return `${look.style(role, sign)} ${texts.map.looks[name]}`;
  });
  return clip(` ${parts.join('  ')}`, look.columns - 1);
}

/** The same in sentences: one per thing, so that a change is one line to hear. */
function spoken(map: ClusterMap): readonly string[] {
  const pod = ({ name, look, status }: MapPod) =>
    `${name}, ${look === 'ready' ? texts.map.looks.ready : `${texts.map.looks[look]} (${status})`}`;
  return [
    // Each step that it is moved is a line to hear.
    ...(map.paused === true ? [texts.map.clock(map.pace)] : []),
    ...map.masters.map(
      ({ name, role, term, commitIndex, reachable }) =>
        `${name}: ${texts.map.roles[role]}${reachable || role === 'stopped' ? '' : `, ${texts.map.isolated}`}, ${texts.map.term(term)}, ${texts.map.commit(commitIndex)}.`,
    ),
    ...map.nodes.flatMap((node) => [
      `${node.name}: ${[node.ready ? texts.map.ready : texts.map.notReady, node.note].filter(Boolean).join(', ')}; ${texts.map.pods(node.pods.length)}.`,
      ...node.pods.map((one) => `En ${node.name}: ${pod(one)}.`),
    ]),
    ...map.waiting.map((one) => `Sin nodo: ${pod(one)}.`),
    ...map.services.map(
      ({ namespace, name, ready, total }) =>
        `Service ${name} de ${namespace}: ${ready} de ${total} endpoints listos.`,
    ),
    ...map.events,
  ];
}
