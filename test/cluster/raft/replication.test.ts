import { describe, expect, it } from 'vitest';
import { StepCluster } from './stepCluster.ts';

const three = { m1: {}, m2: {}, m3: {} };

describe('log replication (§5.3)', () => {
  it('commits with a majority, tells the followers at once, and applies in order everywhere', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.propose('m1', 'a', 'b');
    cluster.propose('m2', 'c');
    cluster.deliver();
    for (const id of ['m1', 'm2', 'm3']) expect(cluster.applied.get(id)).toEqual(['a', 'b', 'c']);
  });

  it('does not count a follower before it has written, nor the leader itself (thesis §10.2.1)', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m3');
    cluster.held.add('m1');
    cluster.held.add('m2');
    cluster.propose('m1', 'a');
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual([]);
    cluster.release('m2');
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual([]);
    cluster.release('m1');
    expect(cluster.applied.get('m1')).toEqual(['a']);
  });

  it('commits without the disk of the leader, if the others have it', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.held.add('m1');
    cluster.propose('m1', 'a');
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual(['a']);
  });

  it('sends without waiting for answers, as many as fit in the window', () => {
    const cluster = new StepCluster(three, { maxInFlight: 3 }).elect('m1');
    for (let each = 0; each < 5; each++) cluster.propose('m1', `${each}`);
    expect(cluster.underWay().filter((line) => line.startsWith('m1>m2'))).toEqual([
      'm1>m2 AppendEntries t1 after 1 +1 commit 1',
      'm1>m2 AppendEntries t1 after 2 +1 commit 1',
      'm1>m2 AppendEntries t1 after 3 +1 commit 1',
    ]);
    cluster.deliver();
    expect(cluster.applied.get('m2')).toEqual(['0', '1', '2', '3', '4']);
  });

  it('finds out that everything under way was lost', () => {
    const cluster = new StepCluster(three, { maxInFlight: 2 }).elect('m1');
    for (let each = 0; each < 5; each++) cluster.propose('m1', `${each}`);
    cluster.lose();
    for (let beat = 0; beat < 4; beat++) {
      cluster.ticks('m1', 2);
      cluster.deliver();
    }
    expect(cluster.applied.get('m3')).toEqual(['0', '1', '2', '3', '4']);
  });

  // The logs of figure 7: the leader of term 8, and every way a follower may differ.
  const figure7 = {
    leader: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  };

  it.each(['a', 'b', 'c', 'd', 'e', 'f'] as const)('repairs the log of follower %s of figure 7', (name) => {
    const cluster = new StepCluster({
      m1: { log: figure7.leader, term: 7 },
      m2: { log: figure7.leader },
      m3: { log: figure7[name] },
    });
    cluster.down.add('m3');
    cluster.elect('m1');
    cluster.down.clear();
    const before = cluster.transcript.length;
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.log('m3')).toEqual([...figure7.leader, 8]);
    // Whole terms are skipped: few refusals, not one per entry.
    const refusals = cluster.transcript.slice(before).filter((line) => line.includes('not after'));
    expect(refusals.length).toBeLessThanOrEqual(4);
  });

  it('leaves alone what a late or repeated message already brought', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.propose('m1', 'a', 'b', 'c');
    cluster.deliver();
    const first = cluster.state('m1').log.between(2, 2);
    cluster.receive('m2', 'm1', {
      type: 'AppendEntries',
      term: 1,
      prevIndex: 1,
      prevTerm: 1,
      entries: first,
      commit: 1,
    });
    expect(cluster.state('m2').log.lastIndex).toBe(4);
    expect(cluster.state('m2').commit).toBe(4);
  });

  it('commits only as far as the leader was seen to agree', () => {
    const cluster = new StepCluster({ m1: {}, m2: { log: [1, 1, 2] }, m3: {} });
    cluster.receive('m2', 'm1', {
      type: 'AppendEntries',
      term: 3,
      prevIndex: 2,
      prevTerm: 1,
      entries: [],
      commit: 3,
    });
    expect(cluster.applied.get('m2')).toEqual(['1/1', '2/1']);
  });
});

describe('committing entries of earlier terms (§5.4.2, figure 8)', () => {
  it('waits for one of the own term, although a majority has the old one', () => {
    // (c): S1 leads again, in term 4, and has replicated its entry of term 2 to S3.
    const cluster = new StepCluster({
      s1: { log: [1, 2], term: 3 },
      s2: { log: [1, 2] },
      s3: { log: [1] },
      s4: { log: [1] },
      s5: { log: [1, 3] },
    });
    cluster.down.add('s4');
    cluster.down.add('s5');
    for (const id of ['s1', 's2', 's3']) cluster.held.add(id);
    cluster.input('s1', { type: 'campaign' });
    cluster.deliver();
    for (const id of ['s1', 's2', 's3']) cluster.release(id);
    cluster.held.add('s1');
    cluster.receive('s1', 's2', { type: 'VoteReply', term: 4, granted: true });
    cluster.receive('s1', 's3', { type: 'VoteReply', term: 4, granted: true });
    cluster.lose();
    expect(cluster.state('s1')).toMatchObject({ role: 'leader', term: 4 });
    const upTo = (index: number) =>
      ({ type: 'AppendReply', term: 4, index, rejected: false, hintIndex: 0, hintTerm: 0 }) as const;
    cluster.receive('s1', 's2', upTo(2));
    cluster.receive('s1', 's3', upTo(2));
    expect(cluster.state('s1').commit).toBe(0);
    // (e): with an entry of term 4 on a majority, all before it is committed too.
    cluster.receive('s1', 's2', upTo(3));
    cluster.receive('s1', 's3', upTo(3));
    cluster.release('s1');
    expect(cluster.applied.get('s1')).toEqual(['1/1', '2/2']);
    expect(cluster.state('s1').commit).toBe(3);
  });
});

describe('proposals', () => {
  it('are refused without a leader, and while leadership is handed over', () => {
    const cluster = new StepCluster(three);
    cluster.propose('m2', 'a');
    expect(cluster.refused).toEqual(['m2 1 no-leader']);
    cluster.elect('m1');
    cluster.down.add('m2');
    cluster.input('m1', { type: 'transfer', to: 'm2' });
    cluster.propose('m1', 'b');
    expect(cluster.refused.at(-1)).toBe('m1 2 no-leader');
  });

  it('are refused beyond what may wait for a majority', () => {
    const cluster = new StepCluster(three, { maxUncommitted: 2 }).elect('m1');
    cluster.down.add('m2').add('m3');
    cluster.propose('m1', 'a', 'b');
    cluster.propose('m1', 'c');
    expect(cluster.refused).toEqual(['m1 3 dropped']);
  });

  it('are taken once, in the term they were meant for', () => {
    const cluster = new StepCluster(three).elect('m1');
    const proposals = [{ id: 1, data: Buffer.from('a') }];
    for (const term of [1, 1, 2, 0]) cluster.receive('m1', 'm2', { type: 'Propose', term, proposals });
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual(['a']);
    expect(cluster.refused).toEqual(['m2 1 no-leader', 'm2 1 no-leader']);
  });
});
