import { entryBytes } from './entry.ts';
import type { Proposal, Propose, RefusedBecause } from './message.ts';
import { IDS_PER_RUN } from './proposal-ids.ts';
import { broadcastAppend } from './replication.ts';
import type { RaftState } from './state.ts';
import { healthyDisks } from './transfer.ts';
import { appendEntry, send, type Turn } from './turn.ts';

/** This member's own proposals: the leader appends them as one, a follower passes them on (thesis §6.2). */
export function propose(turn: Turn, proposals: readonly Proposal[]): void {
  const { state } = turn;
  if (state.role === 'leader') {
    const why = refusal(state);
    if (why) refuse(turn, proposals, why);
    else appendProposals(turn, proposals);
  } else if (state.leader === undefined) refuse(turn, proposals, 'no-leader');
  else send(turn, state.leader, { type: 'Propose', term: state.term, proposals });
}

/**
 * Ids of one run of one member grow: what is not newer than the newest taken of that run is a repeated message, answered with
 * silence. Another run's ids may be lower: a member that was restarted must be heard.
 */
export function onPropose(turn: Turn, from: string, message: Propose): void {
  const { state } = turn;
  const isOurs = state.role === 'leader' && message.term === state.term;
  const why = isOurs ? refusal(state) : 'no-leader';
  const run = `${from} ${Math.floor(((message.proposals[0]?.id ?? 1) - 1) / IDS_PER_RUN)}`;
  const newest = isOurs ? (state.newestProposal.get(run) ?? 0) : 0;
  const fresh = message.proposals.filter((proposal) => proposal.id > newest);
  const last = fresh.at(-1);
  if (!last) return;
  if (isOurs) state.newestProposal.set(run, last.id);
  if (why) {
    send(turn, from, {
      type: 'ProposeRefused',
      term: state.term,
      ids: fresh.map((proposal) => proposal.id),
      why,
    });
  } else appendProposals(turn, fresh);
}

function refusal(state: RaftState): RefusedBecause | undefined {
  if (state.transferTo !== undefined) return 'no-leader';
  if (state.diskFailed || healthyDisks(state) < state.quorum) return 'disk';
  const { maxUncommitted, maxUncommittedBytes } = state.config;
  const uncommitted = state.log.lastIndex - state.commit;
  if (uncommitted >= maxUncommitted || state.uncommittedBytes >= maxUncommittedBytes) return 'dropped';
  return undefined;
}

function refuse(turn: Turn, proposals: readonly Proposal[], why: RefusedBecause): void {
  turn.out.refusedProposals.push({ ids: proposals.map((proposal) => proposal.id), why });
}

function appendProposals(turn: Turn, proposals: readonly Proposal[]): void {
  const { state } = turn;
  for (const { id, data } of proposals) {
    const entry = {
      index: state.log.lastIndex + 1,
      term: state.term,
      kind: 'data',
      proposal: id,
      data,
    } as const;
    state.uncommittedBytes += entryBytes(entry);
    appendEntry(turn, entry);
  }
  broadcastAppend(turn);
}
