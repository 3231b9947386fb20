import { expect, it } from 'vitest';
import { createVirtualClock } from '../../src/base/virtual-clock.ts';
import type { Event } from '../../src/kube/api/core-v1.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { createEventRecorder } from '../../src/kube/event-recorder.ts';
import { notFound } from '../../src/kube/status.ts';

const about = (name: string, fieldPath?: string) => ({
  kind: 'Pod',
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  ...(fieldPath === undefined ? {} : { fieldPath }),
});

/** Keeps what is created and counts up what is patched. */
function recorded() {
  const clock = createVirtualClock(Date.parse('2026-01-02T03:04:05Z'));
  const events = new Map<string, { message: string; count: number }>();
  const client = {
    create: async (_ref: unknown, _namespace: string, { metadata, message }: Event) => {
      events.set(metadata.name ?? '', { message: message ?? '', count: 1 });
    },
    patch: async (_ref: unknown, _namespace: string, name: string, _kind: string, patch: unknown) => {
      const { message, count } = patch as { message: string; count: number };
      if (!events.has(name)) throw notFound({ group: '', resource: 'events' }, name);
      events.set(name, { message, count });
    },
  } as unknown as KubeClient;
  const recorder = createEventRecorder({ client, clock, component: 'prueba' });
  const told = () => [...events.values()].map(({ message, count }) => `${message} x${count}`);
  return { clock, events, recorder, told };
}

it('counts up what is told again, of each object and part for itself', async () => {
  const { recorder, told } = recorded();
  for (const part of ['spec.containers{a}', 'spec.containers{b}', 'spec.containers{a}'])
    recorder.event(about('p', part), 'Normal', 'Pulled', 'una');
  recorder.event(about('q'), 'Normal', 'Pulled', 'una');
  recorder.event(about('q'), 'Warning', 'Pulled', 'una');
  await recorder.flush();
  expect(told()).toEqual(['una x2', 'una x1', 'una x1', 'una x1']);
});

it('makes one of more than ten that differ in their message only, until ten minutes have passed', async () => {
  const { clock, recorder, told } = recorded();
  for (let n = 1; n <= 12; n++) recorder.event(about('p'), 'Normal', 'R', `m${n}`);
  await recorder.flush();
  expect(told().slice(8)).toEqual(['m9 x1', '(combined from similar events): m12 x3']);
  await clock.advance(600_001);
  recorder.event(about('p'), 'Normal', 'R', 'm13');
  await recorder.flush();
  expect(told().at(-1)).toBe('m13 x1');
});

it('tells at most 25 of an object and reason at once, and one more each five minutes, with those in between', async () => {
  const { clock, recorder, told } = recorded();
  for (let n = 0; n < 30; n++) {
    recorder.event(about('p'), 'Normal', 'R', 'm');
    await recorder.flush();
  }
  expect(told()).toEqual(['m x25']);
  recorder.event(about('p'), 'Normal', 'otra', 'm');
  await clock.advance(300_000);
  for (let n = 0; n < 2; n++) {
    recorder.event(about('p'), 'Normal', 'R', 'm');
    await recorder.flush();
  }
  expect(told()).toEqual(['m x31', 'm x1']);
});

it('tells anew what the server has forgotten', async () => {
  const { events, recorder, told } = recorded();
  recorder.event(about('p'), 'Normal', 'R', 'm');
  await recorder.flush();
  events.clear();
  recorder.event(about('p'), 'Normal', 'R', 'm');
  await recorder.flush();
  expect(told()).toEqual(['m x1']);
});
