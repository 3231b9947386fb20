import path from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { openDiskStorage } from '../../../src/cluster/raft/disk.ts';
import type { FileLayer } from '../../../src/cluster/raft/file-layer.ts';
import { RaftNetwork } from '../../../src/cluster/raft/network.ts';
import { createRaftMember, type RaftNode } from '../../../src/cluster/raft/node.ts';
import type { RaftSettings } from '../../../src/cluster/raft/settings.ts';
import type { ReplicatedState } from '../../../src/cluster/store/replicated-state.ts';
import { createReplicatedStore, type ReplicatedStore } from '../../../src/cluster/store/replicated-store.ts';

export const memberNames = ['master-1', 'master-2', 'master-3'];

/** Snapshots and new files every few writes: whoever kills the process hits those moments too. */
const busy: Partial<RaftSettings> = { snapshotEntries: 60, keepBehind: 5 };

/** Three members on real disks and the real clock. Resolves when they answer. */
export async function openDiskMasters(
  folder: string,
  options: {
    readonly files?: (name: string) => FileLayer;
    readonly settings?: Partial<RaftSettings>;
  } = {},
): Promise<readonly ReplicatedStore[]> {
  const network = new RaftNetwork();
  const siblings = new Set<ReplicatedState>();
  const nodes: RaftNode[] = [];
  const stores = await Promise.all(
    memberNames.map((name) => {
      const files = options.files?.(name);
      return createReplicatedStore({
        clock: systemClock,
        random: systemRandom,
        siblings,
        startRaft: async (stateMachine) => {
          const node = await createRaftMember({
            id: name,
            peers: memberNames,
            storage: openDiskStorage({
              directory: path.join(folder, name),
              segmentBytes: 128 * 1024,
              ...(files === undefined ? {} : { files }),
            }),
            stateMachine,
            send: (to, message) => network.send(name, to, message),
            clock: systemClock,
            random: systemRandom,
            settings: { ...busy, ...options.settings },
          });
          network.join(name, node);
          nodes.push(node);
          return node;
        },
      });
    }),
  );
  const newest = [...nodes].sort((left, right) => right.status().lastIndex - left.status().lastIndex)[0];
  newest?.campaign();
  await Promise.all(stores.map((store) => store.sync()));
  return stores;
}

/** A value that says by itself whether it is whole: its key, its length, and a filling that follows from both. */
export function describedValue(key: string, length: number): Uint8Array {
  const head = `${key} ${length} `;
  return new TextEncoder().encode(head + String.fromCharCode(97 + (length % 26)).repeat(length));
}

/** Undefined: it is what was written under that key. Otherwise what is wrong with it. */
export function damageOf(key: string, value: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(value);
  const [, length = ''] = text.split(' ', 2);
  const whole = Buffer.compare(describedValue(key, Number(length)), value) === 0;
  return whole ? undefined : `${key} holds ${value.length} bytes that begin with «${text.slice(0, 40)}»`;
}
