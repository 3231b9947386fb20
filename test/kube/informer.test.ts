import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/base/virtual-clock.ts';
import type { KubeClient, WatchEvent } from '../../src/kube/client.ts';
import { createInformer } from '../../src/kube/informer.ts';
import type { KubeObject } from '../../src/kube/object.ts';

const ref = { group: '', version: 'v1', plural: 'configmaps' };
const map = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, resourceVersion },
});

/** Each watch says what `watches` has next and then breaks; the last one stays. */
function client(watches: readonly (readonly WatchEvent<KubeObject>[])[], from: string[]): KubeClient {
  let turn = 0;
  const watch = async function* (_: unknown, options: { resourceVersion?: string; signal?: AbortSignal }) {
    from.push(options.resourceVersion ?? '');
    const own = watches[turn++];
    yield* own ?? [];
    if (turn < watches.length) throw new Error('the connection was cut');
    await new Promise((_resolve, reject) => options.signal?.addEventListener('abort', reject));
  };
  const list = async () => ({ items: [map('a', '3')], resourceVersion: '5', continue: '' });
  return { list, watch } as unknown as KubeClient;
}

describe('an informer', () => {
  it('goes on where a watch broke, and shows nothing twice', async () => {
    const clock = createVirtualClock(0);
    const from: string[] = [];
    const watches = [
      [
        { type: 'ADDED', object: map('b', '6') },
        { type: 'DELETED', object: map('a', '7') },
      ],
      [{ type: 'MODIFIED', object: map('b', '8') }],
      [],
    ] as const;
    const informer = createInformer(client(watches, from), ref, { clock });
    const seen: string[] = [];
    informer.onChange((after, before) => {
      const what = after === undefined ? 'gone' : before === undefined ? 'new' : 'changed';
      seen.push(`${what} ${(after ?? before)?.metadata.name}`);
    });
    informer.start();
    await clock.advance(1000);
    expect(from).toEqual(['5', '7', '8']);
    expect(seen).toEqual(['new a', 'new b', 'gone a', 'changed b']);
    informer.stop();
  });

  it('finds what was there before an index was asked for', async () => {
    const clock = createVirtualClock(0);
    const informer = createInformer(client([[]], []), ref, { clock });
    informer.start();
    await clock.advance(10);
    informer.addIndex('initial', ({ metadata }) => [metadata.name?.charAt(0) ?? '']);
    expect(informer.byIndex('initial', 'a').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(informer.byIndex('initial', 'b')).toEqual([]);
    informer.stop();
  });

  it('keeps no managedFields, and one object of what several are handed as one', async () => {
    const clock = createVirtualClock(0);
    const managedFields = [{ manager: 'kubectl', operation: 'Update' }];
    const owned = (name: string, resourceVersion: string): KubeObject => {
      const object = map(name, resourceVersion);
      return { ...object, metadata: { ...object.metadata, managedFields } };
    };
    const [listed, watched] = [owned('a', '3'), owned('b', '6')];
    const shared = (): KubeClient => ({
      ...client([[{ type: 'ADDED', object: watched }], []], []),
      list: async () => ({ items: [listed as never], resourceVersion: '5', continue: '' }),
    });
    const [one, other] = [createInformer(shared(), ref, { clock }), createInformer(shared(), ref, { clock })];
    one.start();
    other.start();
    await clock.advance(1000);
    expect(one.list()).toEqual([map('a', '3'), map('b', '6')]);
    for (const name of ['a', 'b']) expect(one.get('', name)).toBe(other.get('', name));
    expect(watched.metadata.managedFields).toBe(managedFields);
    one.stop();
    other.stop();
  });
});
