import { describe, expect, it } from 'vitest';
import { createSeriesRecorder, type Told } from '../../../src/cluster/scheduler/event-series.ts';
import type { Event } from '../../../src/kube/api/events-v1.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { internalError } from '../../../src/kube/status.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { pod } from './world.ts';

function setUp(refuse: () => boolean = () => false) {
  const clock = new FakeClock(Date.parse('2026-01-02T03:04:05.678Z'));
  const created: Event[] = [];
  const patched: { readonly name: string; readonly patch: unknown }[] = [];
  const troubles: unknown[] = [];
  const take = async () => {
    if (refuse()) throw internalError('no leader');
  };
  const client = {
    create: async (_ref: unknown, _namespace: string, event: Event) => {
      await take();
      created.push(event);
      return event;
    },
    patch: async (_ref: unknown, _namespace: string, name: string, _kind: string, patch: unknown) => {
      await take();
      patched.push({ name, patch });
    },
  } as unknown as KubeClient;
  const recorder = createSeriesRecorder({
    client,
    clock,
    host: 'master-1',
    onTrouble: (error) => troubles.push(error),
  });
  return { clock, recorder, created, patched, troubles };
}

const told = (note: string, name = 'p'): Told => ({
  regarding: pod(name),
  type: 'Warning',
  reason: 'FailedScheduling',
  action: 'Scheduling',
  note,
});

describe('a series', () => {
  it('is told when it begins and when it is over', async () => {
    const { clock, recorder, created, patched } = setUp();
    for (let n = 0; n < 5; n++) {
      recorder.event(told('no'));
      await clock.advance(60_000);
    }
    expect(created.map(({ metadata, eventTime }) => [metadata?.name, eventTime])).toEqual([
      [
        `p.${(BigInt(Date.parse('2026-01-02T03:04:05.678Z')) * 1_000_000n).toString(16)}`,
        '2026-01-02T03:04:05.678000Z',
      ],
    ]);
    expect(patched.map(({ patch }) => patch)).toEqual([
      { series: { count: 2, lastObservedTime: '2026-01-02T03:05:05.678000Z' } },
    ]);
    await clock.advance(900_000);
    expect(patched.at(-1)?.patch).toEqual({
      series: { count: 5, lastObservedTime: '2026-01-02T03:08:05.678000Z' },
    });
    expect(clock.pending).toBe(0);
  });

  it('starts anew when it was over', async () => {
    const { clock, recorder, created } = setUp();
    recorder.event(told('no'));
    await clock.advance(900_000);
    recorder.event(told('no'));
    await recorder.flush();
    expect(created.length).toBe(2);
  });

  it('is written now and then when it does not end', async () => {
    const { clock, recorder, patched } = setUp();
    for (let n = 0; n < 40; n++) {
      recorder.event(told('no'));
      await clock.advance(60_000);
    }
    expect(patched.length).toBe(2);
  });
});

describe('what is told', () => {
  it('is cut to what the API takes', async () => {
    const { recorder, created } = setUp();
    recorder.event(told(`x${'ñ'.repeat(1000)}`));
    await recorder.flush();
    const note = created[0]?.note ?? '';
    expect([Buffer.byteLength(note) <= 1024, note.endsWith(' ...')]).toEqual([true, true]);
  });

  it('is lost when the API refuses it, and what comes later is not', async () => {
    let broken = true;
    const { recorder, created, troubles } = setUp(() => broken);
    recorder.event(told('no', 'a'));
    await recorder.flush();
    broken = false;
    recorder.event(told('no', 'b'));
    await recorder.flush();
    expect([troubles.length, created.length]).toEqual([1, 1]);
  });

  it('is still written at the end, but not one by one to an API that is gone', async () => {
    const fine = setUp();
    for (let n = 0; n < 5; n++) fine.recorder.event(told('no', `p${n}`));
    fine.recorder.stop();
    fine.recorder.event(told('no', 'late'));
    await fine.recorder.flush();
    expect(fine.created.length).toBe(5);
    const gone = setUp(() => true);
    for (let n = 0; n < 5; n++) gone.recorder.event(told('no', `p${n}`));
    gone.recorder.stop();
    await gone.recorder.flush();
    expect(gone.troubles.length).toBe(1);
  });
});
