import { describe, expect, it } from 'vitest';
import type { MasterStatus } from '../../src/cluster/control/contract.ts';
import { masterNews } from '../../src/commands/services/master-news.ts';

const master = (name: string, role: MasterStatus['role'], term: number, reachable = role !== 'stopped') => ({
  name,
  role,
  term,
  commitIndex: 9,
  reachable,
});
const whole = [master('m1', 'leader', 1), master('m2', 'follower', 1), master('m3', 'follower', 1)];
const leaderGone = [master('m1', 'stopped', 1), master('m2', 'follower', 1), master('m3', 'follower', 1)];
const elected = [master('m1', 'stopped', 1), master('m2', 'follower', 2), master('m3', 'leader', 2)];
const alone = [master('m1', 'stopped', 1), master('m2', 'stopped', 2), master('m3', 'leader', 2)];
const candidate = [master('m1', 'stopped', 1), master('m2', 'stopped', 2), master('m3', 'candidate', 2)];

describe('what happened to the masters between two looks', () => {
  it('is nothing at the first one, or when all is as before', () => {
    expect(masterNews([], whole)).toEqual([]);
    const later = whole.map((one) => ({ ...one, commitIndex: 10 }));
    expect(masterNews(whole, later)).toEqual([]);
  });

  it('is told step by step: who stopped, who stands, who won, and when there is no majority', () => {
    expect(masterNews(whole, leaderGone)).toEqual(['m1 se paró']);
    expect(masterNews(leaderGone, elected)).toEqual(['m3 ganó la votación: es el líder en el término 2']);
    expect(masterNews(elected, alone)).toEqual([
      'm2 se paró',
      'se perdió la mayoría: nadie puede confirmar cambios',
    ]);
    expect(masterNews(alone, candidate)).toEqual(['m3 no oye a ningún líder: se presenta a la elección']);
    expect(masterNews(candidate, elected)).toEqual([
      'm2 arrancó, con lo que tenía en disco',
      'hay mayoría otra vez: se puede elegir líder',
      'm3 ganó la votación: es el líder en el término 2',
    ]);
  });

  it('tells a master that is cut off, and that it yields when it comes back', () => {
    const cut = [master('m1', 'leader', 1, false), master('m2', 'leader', 2), master('m3', 'follower', 2)];
    expect(masterNews(whole, cut)).toEqual([
      'm1 quedó aislado de los demás',
      'm2 ganó la votación: es el líder en el término 2',
    ]);
    const back = [master('m1', 'follower', 2), master('m2', 'leader', 2), master('m3', 'follower', 2)];
    expect(masterNews(cut, back)).toEqual([
      'm1 vuelve a oír a los demás',
      'm1 ya no lidera: hay un término mayor, el 2',
    ]);
  });
});
