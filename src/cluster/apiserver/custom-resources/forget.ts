import type { ResourceDefinition } from '../../../kube/resources/definition.ts';
import { type Store, StoreError } from '../../store/store.ts';

const batch = 200;

/**
 * Deletes the stored objects of a kind that is no longer defined, so that a definition made anew starts empty. Every master
 * may do it: what another one deleted first is skipped. A store that goes away ends it; the rest is done on the next start.
 */
export async function forgetObjects(
  store: Store,
  { group, plural }: Pick<ResourceDefinition, 'group' | 'plural'>,
  signal: AbortSignal,
): Promise<void> {
  const prefix = `/registry/${group}/${plural}/`;
  while (!signal.aborted) {
    const { items } = store.list(prefix, { limit: batch });
    if (items.length === 0) return;
    try {
      const changes = items.map(({ key, modRevision }) => ({
        key,
        expectedRevision: modRevision,
        value: undefined,
      }));
      const result = await store.commit(changes);
      if (!result.done) await store.sync();
    } catch (error) {
      if (error instanceof StoreError) return;
      throw error;
    }
  }
}
