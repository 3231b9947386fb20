import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { MemberId, RaftMember, StateMachine } from './contract.ts';
import type { Message } from './message.ts';
import type { RaftSettings } from './settings.ts';
import type { RaftStorage } from './storage.ts';

export interface RaftMemberOptions {
  readonly id: MemberId;
  /** Every member, with or without this one: 1, 3 or 5 in all. */
  readonly peers: readonly MemberId[];
  readonly storage: RaftStorage;
  readonly stateMachine: StateMachine;
  /** Best effort: may lose, must not block, must not deliver before it returns. */
  readonly send: (to: MemberId, message: Message) => void;
  readonly clock: Clock;
  /** What those who wait for an answer are counted by; `clock` when it is not given. It must run while `clock` stands still. */
  readonly wire?: Clock;
  readonly random: Random;
  readonly settings?: Partial<RaftSettings>;
}

/** A member with the doors its process needs besides those of `RaftMember`. */
export interface RaftNode extends RaftMember {
  receive(from: MemberId, message: Message): void;
  /** Stands for election at once, if a majority would vote: spares a first start the election timeout. */
  campaign(): void;
}
