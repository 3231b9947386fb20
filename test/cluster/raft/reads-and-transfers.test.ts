import { describe, expect, it } from 'vitest';
import { StepCluster } from './stepCluster.ts';

const three = { m1: {}, m2: {}, m3: {} };

describe('read index (thesis §6.4)', () => {
  it('is answered when a majority confirms the leader, at the leader and through a follower', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.propose('m1', 'a');
    cluster.deliver();
    cluster.input('m1', { type: 'read', id: 1 });
    expect(cluster.reads.get('m1')).toEqual([]);
    cluster.deliver();
    expect(cluster.reads.get('m1')).toEqual([{ id: 1, index: 2 }]);
    cluster.input('m2', { type: 'read', id: 2 });
    cluster.deliver();
    expect(cluster.reads.get('m2')).toEqual([{ id: 2, index: 2 }]);
  });

  it('is not answered by a leader that was replaced without knowing', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m1');
    cluster.ticks('m2', 10);
    cluster.ticks('m3', 10);
    cluster.elect('m2');
    cluster.propose('m2', 'new');
    cluster.deliver();
    cluster.input('m1', { type: 'read', id: 1 });
    cluster.deliver();
    // An answer to a heartbeat from before the question confirms nothing.
    cluster.receive('m1', 'm3', { type: 'HeartbeatReply', term: 1, round: 0, diskFailed: false });
    expect(cluster.reads.get('m1')).toEqual([]);
    cluster.down.clear();
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.reads.get('m1')).toEqual([]);
    expect(cluster.refused).toEqual(['m1 read 1']);
  });

  it('waits until the leader has committed in its term', () => {
    const cluster = new StepCluster({ m1: { log: [1, 1] }, m2: { log: [1, 1] }, m3: {} });
    for (const id of ['m2', 'm3']) cluster.held.add(id);
    cluster.input('m1', { type: 'campaign' });
    cluster.deliver();
    cluster.release('m2');
    cluster.held.add('m2');
    cluster.deliver();
    expect(cluster.leaders).toEqual(['m1']);
    cluster.input('m1', { type: 'read', id: 1 });
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.reads.get('m1')).toEqual([]);
    cluster.release('m2');
    cluster.deliver();
    expect(cluster.reads.get('m1')).toEqual([{ id: 1, index: 3 }]);
  });

  it('is refused without a leader', () => {
    const cluster = new StepCluster(three);
    cluster.input('m1', { type: 'read', id: 1 });
    expect(cluster.refused).toEqual(['m1 read 1']);
  });
});

describe('leadership transfer (thesis §3.10)', () => {
  it('waits until the target has everything; then it runs at once, although the leader is heard', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m2');
    cluster.propose('m1', 'a');
    cluster.deliver();
    cluster.down.clear();
    cluster.input('m3', { type: 'transfer', to: 'm2' });
    cluster.deliver();
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.leaders).toEqual(['m2']);
    expect(cluster.transcript).toContain('m1>m2 TimeoutNow t1');
    expect(cluster.state('m1')).toMatchObject({ role: 'follower', term: 2, leader: 'm2' });
  });

  it('is given up after an election timeout', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m2');
    cluster.propose('m1', 'a');
    cluster.deliver();
    cluster.input('m1', { type: 'transfer', to: 'm2' });
    for (let tick = 0; tick < 10; tick++) {
      cluster.ticks('m1', 1);
      cluster.deliver();
    }
    cluster.propose('m1', 'b');
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual(['a', 'b']);
  });
});

describe('a disk that refuses writes', () => {
  it('makes the leader hand over to a member that can write', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.input('m1', { type: 'disk', failed: true });
    cluster.deliver();
    expect(cluster.leaders).toEqual(['m2']);
    cluster.input('m1', { type: 'campaign' });
    expect(cluster.state('m1').role).toBe('follower');
  });

  it('of a majority stops proposals with the reason, and not reads', () => {
    const cluster = new StepCluster(three).elect('m1');
    for (const id of ['m2', 'm3']) {
      cluster.held.add(id);
      cluster.input(id, { type: 'disk', failed: true });
    }
    cluster.ticks('m1', 2);
    cluster.deliver();
    cluster.propose('m1', 'a');
    cluster.propose('m2', 'b');
    cluster.deliver();
    expect(cluster.refused).toEqual(['m1 1 disk', 'm2 2 disk']);
    cluster.input('m1', { type: 'read', id: 1 });
    cluster.deliver();
    expect(cluster.reads.get('m1')).toHaveLength(1);
    for (const id of ['m2', 'm3']) {
      cluster.release(id);
      cluster.input(id, { type: 'disk', failed: false });
    }
    cluster.ticks('m1', 2);
    cluster.deliver();
    cluster.propose('m1', 'c');
    cluster.deliver();
    expect(cluster.applied.get('m1')).toEqual(['c']);
  });
});

describe('snapshots (§7)', () => {
  function compacted(): StepCluster {
    const cluster = new StepCluster(three).elect('m1');
    cluster.down.add('m3');
    cluster.propose('m1', 'a', 'b', 'c');
    cluster.deliver();
    cluster.input('m1', { type: 'compacted', point: { index: 4, term: 1 } });
    cluster.propose('m1', 'd');
    cluster.deliver();
    cluster.down.clear();
    return cluster;
  }

  it('bring a follower up to date whose entries are gone', () => {
    const cluster = compacted();
    expect(cluster.log('m1')).toEqual([1]);
    cluster.ticks('m1', 2);
    cluster.deliver();
    expect(cluster.transcript).toContain('m1>m3 InstallSnapshot t1 up to 4');
    expect(cluster.applied.get('m3')).toEqual(['everything up to 4', 'd']);
  });

  it('are sent again if they get lost', () => {
    const cluster = compacted();
    cluster.losing.add('InstallSnapshot');
    for (let beat = 0; beat < 3; beat++) {
      cluster.ticks('m1', 2);
      cluster.deliver();
    }
    expect(cluster.state('m1').progress.get('m3')?.mode).toBe('snapshot');
    cluster.losing.clear();
    for (let beat = 0; beat < 30; beat++) {
      cluster.ticks('m1', 2);
      cluster.deliver();
    }
    expect(cluster.applied.get('m3')).toEqual(['everything up to 4', 'd']);
  });

  it('that are older than what is committed, or already in the log, change nothing', () => {
    const cluster = new StepCluster(three).elect('m1');
    cluster.propose('m1', 'a', 'b');
    cluster.deliver();
    const snapshot = { index: 2, term: 1, data: Buffer.from('old') };
    cluster.receive('m2', 'm1', { type: 'InstallSnapshot', term: 1, snapshot });
    expect(cluster.applied.get('m2')).toEqual(['a', 'b']);
    expect(cluster.underWay()).toEqual(['m2>m1 AppendReply t1 up to 3']);
    const other = new StepCluster({ m1: {}, m2: { log: [1, 1, 1] }, m3: {} });
    other.receive('m2', 'm1', { type: 'InstallSnapshot', term: 1, snapshot });
    expect(other.applied.get('m2')).toEqual(['1/1', '2/1']);
    expect(other.log('m2')).toEqual([1, 1, 1]);
  });
});
