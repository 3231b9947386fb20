import { describe, expect, it } from 'vitest';
import { StepCluster } from './stepCluster.ts';

const three = { m1: {}, m2: {}, m3: {} };

describe('elections (§5.2)', () => {
  it('ask, vote and begin the term with an empty entry', () => {
    const cluster = new StepCluster({ m1: {}, m2: {}, m3: {} });
    cluster.down.add('m3');
    cluster.elect('m1');
    expect(cluster.transcript).toEqual([
      'm1>m2 PreVote t1',
      'm2>m1 PreVoteReply t1 yes',
      'm1>m2 RequestVote t1',
      'm2>m1 VoteReply t1 yes',
      'm1>m2 AppendEntries t1 after 0 +1 commit 0',
      'm2>m1 AppendReply t1 up to 1',
      'm1>m2 AppendEntries t1 after 1 +0 commit 1',
      'm2>m1 AppendReply t1 up to 1',
    ]);
    expect(cluster.state('m2')).toMatchObject({ leader: 'm1', term: 1, votedFor: 'm1', commit: 1 });
  });

  it('begin by themselves after a timeout that differs between members', () => {
    const cluster = new StepCluster(three);
    for (let tick = 0; tick < 21 && cluster.leaders.length === 0; tick++) {
      for (const id of ['m1', 'm2', 'm3']) cluster.ticks(id, 1);
      cluster.deliver();
    }
    expect(cluster.leaders).toHaveLength(1);
    expect(new Set([...cluster.states.values()].map((state) => state.electionTimeout)).size).toBeGreaterThan(
      1,
    );
  });

  it('of one member need only its own vote, once it is durable', () => {
    const cluster = new StepCluster({ m1: {} });
    cluster.held.add('m1');
    cluster.elect('m1');
    expect(cluster.leaders).toEqual([]);
    cluster.release('m1');
    expect(cluster.leaders).toEqual(['m1']);
    expect(cluster.state('m1').commit).toBe(1);
  });

  it('give one vote per term, and the same one again', () => {
    const cluster = new StepCluster(three);
    const ask = (from: string) => {
      cluster.receive('m3', from, {
        type: 'RequestVote',
        term: 1,
        lastIndex: 0,
        lastTerm: 0,
        transfer: false,
      });
      return cluster.underWay().at(-1);
    };
    expect(ask('m1')).toBe('m3>m1 VoteReply t1 yes');
    expect(ask('m2')).toBe('m3>m2 VoteReply t1 no');
    expect(ask('m1')).toBe('m3>m1 VoteReply t1 yes');
  });

  it('tell a vote only when it is durable', () => {
    const cluster = new StepCluster(three);
    cluster.held.add('m3');
    cluster.receive('m3', 'm1', { type: 'RequestVote', term: 1, lastIndex: 0, lastTerm: 0, transfer: false });
    expect(cluster.underWay()).toEqual([]);
    cluster.release('m3');
    expect(cluster.underWay()).toEqual(['m3>m1 VoteReply t1 yes']);
  });

  it('write a vote also when the term was known before', () => {
    const cluster = new StepCluster({ m1: {}, m2: {}, m3: { term: 5 } });
    cluster.held.add('m3');
    cluster.receive('m3', 'm1', { type: 'RequestVote', term: 5, lastIndex: 0, lastTerm: 0, transfer: false });
    expect(cluster.underWay()).toEqual([]);
  });

  it.each([
    ['an older last term', 9, 1, 'no'],
    ['a shorter log of the same term', 2, 2, 'no'],
    ['an equal log', 3, 2, 'yes'],
    ['a shorter log of a newer term', 1, 3, 'yes'],
  ])('answer %s according to §5.4.1', (_name, lastIndex, lastTerm, answer) => {
    const cluster = new StepCluster({ m1: {}, m2: { log: [1, 2, 2] }, m3: {} });
    cluster.receive('m2', 'm1', { type: 'RequestVote', term: 5, lastIndex, lastTerm, transfer: false });
    expect(cluster.underWay()).toEqual([`m2>m1 VoteReply t5 ${answer}`]);
    cluster.lose();
    cluster.receive('m2', 'm3', { type: 'PreVote', term: 6, lastIndex, lastTerm });
    expect(cluster.underWay()).toEqual([`m2>m3 PreVoteReply t${answer === 'yes' ? 6 : 5} ${answer}`]);
  });

  it('that split the vote end without a leader, and the next one has one', () => {
    const cluster = new StepCluster({ m1: {}, m2: {}, m3: {}, m4: {}, m5: {} });
    cluster.down.add('m5');
    for (const candidate of ['m1', 'm2']) cluster.input(candidate, { type: 'campaign' });
    // Both are told yes by the others before either runs.
    for (const candidate of ['m1', 'm2']) {
      for (const voter of ['m3', 'm4']) {
        cluster.receive(candidate, voter, { type: 'PreVoteReply', term: 1, granted: true });
      }
    }
    cluster.lose();
    for (const [candidate, voter] of [
      ['m1', 'm3'],
      ['m2', 'm4'],
    ] as const) {
      cluster.receive(voter, candidate, {
        type: 'RequestVote',
        term: 1,
        lastIndex: 0,
        lastTerm: 0,
        transfer: false,
      });
    }
    cluster.deliver();
    expect(cluster.leaders).toEqual([]);
    cluster.elect('m1');
    expect(cluster.leaders).toEqual(['m1']);
    expect(cluster.state('m1').term).toBe(2);
  });

  it('do not count a vote of another term', () => {
    const cluster = new StepCluster({ m1: { term: 3 }, m2: {}, m3: {} });
    cluster.input('m1', { type: 'campaign' });
    cluster.receive('m1', 'm2', { type: 'PreVoteReply', term: 4, granted: true });
    cluster.receive('m1', 'm2', { type: 'VoteReply', term: 3, granted: true });
    expect(cluster.state('m1')).toMatchObject({ role: 'candidate', term: 4 });
  });
});

describe('pre-vote and leader stickiness (thesis §9.6, §4.2.3)', () => {
  it('keep a member that was cut off from raising the term', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m3');
    cluster.ticks('m3', 200);
    cluster.deliver();
    expect(cluster.state('m3').term).toBe(1);
    cluster.down.clear();
    cluster.ticks('m3', 25);
    cluster.deliver();
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.leaders).toEqual(['m1']);
    expect(cluster.state('m3')).toMatchObject({ role: 'follower', term: 1, leader: 'm1' });
  });

  it('ignore a candidate while the leader is heard, and hear it when not', () => {
    const cluster = new StepCluster(three).elect('m1');
    const ask = { type: 'RequestVote', term: 2, lastIndex: 1, lastTerm: 1, transfer: false } as const;
    cluster.receive('m2', 'm3', ask);
    cluster.receive('m1', 'm3', ask);
    expect(cluster.underWay()).toEqual([]);
    expect(cluster.state('m2').term).toBe(1);
    cluster.ticks('m2', 10);
    cluster.receive('m2', 'm3', ask);
    expect(cluster.underWay()).toEqual(['m2>m3 VoteReply t2 yes']);
  });
});

describe('check-quorum (thesis §6.2)', () => {
  it('makes a leader without a majority step down, and lets the others elect another', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m1');
    cluster.ticks('m1', 25);
    cluster.deliver();
    expect(cluster.state('m1')).toMatchObject({ role: 'follower', leader: undefined, term: 1 });
    cluster.ticks('m2', 10);
    cluster.ticks('m3', 10);
    cluster.elect('m2');
    expect(cluster.leaders).toEqual(['m2']);
    cluster.down.clear();
    cluster.ticks('m2', 2);
    cluster.deliver();
    expect(cluster.state('m1')).toMatchObject({ role: 'follower', term: 2, leader: 'm2' });
  });

  it('a leader steps down when it hears of a newer term', () => {
    const cluster = new StepCluster({ m1: {}, m2: {}, m3: { term: 7 } });
    cluster.down.add('m3');
    cluster.elect('m1');
    cluster.down.clear();
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.leaders).toEqual([]);
    expect(cluster.state('m1').term).toBe(7);
  });
});
