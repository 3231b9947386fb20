import type { MemberId } from './contract.ts';
import type { RaftConfig } from './state.ts';

/** How a member keeps time and how much it takes in. Times in milliseconds. */
export interface RaftSettings {
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** A dead leader is replaced between the two after it was last heard. */
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  /** How long a proposal or a read waits for a leader and a majority. */
  readonly timeoutMs: number;
  readonly diskRetryMs: number;
  /** Proposals and their bytes waiting at this member; more are refused as `dropped`. */
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  /** A snapshot is taken after so many applied entries or bytes, whichever comes first. */
  readonly snapshotEntries: number;
  readonly snapshotBytes: number;
  readonly keepBehind: number;
}

export const defaultSettings: RaftSettings = {
  tickMs: 50,
  heartbeatMs: 100,
  electionMinMs: 300,
  electionMaxMs: 600,
  timeoutMs: 5_000,
  diskRetryMs: 500,
  maxPending: 8_192,
  maxPendingBytes: 64 * 1024 * 1024,
  snapshotEntries: 10_000,
  snapshotBytes: 32 * 1024 * 1024,
  keepBehind: 500,
};

/** The algorithm's view of the settings. Throws if the members are not 1, 3 or 5 or the times do not fit each other. */
export function raftConfig(id: MemberId, peers: readonly MemberId[], settings: RaftSettings): RaftConfig {
  const members = [...new Set([id, ...peers])].sort();
  if (![1, 3, 5].includes(members.length)) throw new RangeError(`1, 3 or 5 members, not ${members.length}`);
  const ticks = (ms: number) => Math.max(1, Math.round(ms / settings.tickMs));
  const electionMin = ticks(settings.electionMinMs);
  const electionMax = ticks(settings.electionMaxMs);
  const heartbeatTicks = ticks(settings.heartbeatMs);
  if (heartbeatTicks >= electionMin || electionMin >= electionMax) {
    throw new RangeError('heartbeat < election minimum < election maximum');
  }
  return {
    id,
    members,
    heartbeatTicks,
    electionMin,
    electionMax,
    maxAppendEntries: 1_024,
    maxAppendBytes: 1024 * 1024,
    maxInFlight: 256,
    maxUncommitted: 2 * settings.maxPending,
    maxUncommittedBytes: 2 * settings.maxPendingBytes,
    keepBehind: settings.keepBehind,
  };
}
