import type { MasterStatus } from '../../cluster/control/contract.ts';

/** What changed among the masters between two looks, in plain Spanish, in the order in which it is best understood. Pure. */
export function masterNews(
  before: readonly MasterStatus[],
  after: readonly MasterStatus[],
): readonly string[] {
  const changed = after.flatMap((now) => {
    const was = before.find(({ name }) => name === now.name);
    return was === undefined ? [] : [{ was, now }];
  });
  return [
    ...changed.flatMap(({ was, now }) => machineNews(was, now)),
    ...quorumNews(before, after),
    ...changed.flatMap(({ was, now }) => roleNews(was, now)),
  ];
}

function machineNews(was: MasterStatus, { name, role, reachable }: MasterStatus): readonly string[] {
  if (role === 'stopped') return was.role === 'stopped' ? [] : [`${name} se paró`];
  if (was.role === 'stopped') return [`${name} arrancó, con lo que tenía en disco`];
  if (was.reachable && !reachable) return [`${name} quedó aislado de los demás`];
  return !was.reachable && reachable ? [`${name} vuelve a oír a los demás`] : [];
}

function roleNews(was: MasterStatus, { name, role, term }: MasterStatus): readonly string[] {
  if (role === was.role && term === was.term) return [];
  if (role === 'candidate') return [`${name} no oye a ningún líder: se presenta a la elección`];
  if (role === 'leader') return [`${name} ganó la votación: es el líder en el término ${term}`];
  return was.role === 'leader' && role === 'follower'
    ? [`${name} ya no lidera: hay un término mayor, el ${term}`]
    : [];
}

function quorumNews(before: readonly MasterStatus[], after: readonly MasterStatus[]): readonly string[] {
  const had = hasQuorum(before);
  const has = hasQuorum(after);
  if (before.length === 0 || had === has) return [];
  return has
    ? ['hay mayoría otra vez: se puede elegir líder']
    : ['se perdió la mayoría: nadie puede confirmar cambios'];
}

const hasQuorum = (masters: readonly MasterStatus[]) =>
  masters.filter(({ role, reachable }) => reachable && role !== 'stopped').length > masters.length / 2;
