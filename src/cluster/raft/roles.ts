import { entryBytes } from './entry.ts';
import { refuseReads } from './reads.ts';
import { broadcastAppend, newProgress } from './replication.ts';
import { drawElectionTimeout } from './state.ts';
import { appendEntry, type Turn } from './turn.ts';

/** Rules for servers (paper, figure 2): a newer term always makes a follower, and forgets the vote of the older one. */
export function becomeFollower(turn: Turn, term: number, leader: string | undefined): void {
  const { state } = turn;
  if (term > state.term) {
    state.term = term;
    state.votedFor = undefined;
  }
  const wasFollowing = state.role === 'follower' && state.leader === leader && leader !== undefined;
  if (!wasFollowing) leaveOffice(turn);
  state.role = 'follower';
  state.leader = leader;
  drawElectionTimeout(state);
}

/** Drops what only counts in the role and term that end. */
function leaveOffice(turn: Turn): void {
  const { state } = turn;
  refuseReads(turn);
  state.votes = new Map();
  state.progress = new Map();
  state.newestProposal = new Map();
  state.transferTo = undefined;
  state.uncommittedBytes = 0;
}

/** Asks around first, so that a member nobody would vote for does not raise the term (thesis §9.6). */
export function becomePreCandidate(turn: Turn): void {
  const { state } = turn;
  leaveOffice(turn);
  state.role = 'pre-candidate';
  state.leader = undefined;
  drawElectionTimeout(state);
  state.votes.set(state.config.id, true);
}

/** Votes for itself in the next term (paper §5.2). The vote counts once it is durable, as everybody's. */
export function becomeCandidate(turn: Turn): void {
  const { state } = turn;
  leaveOffice(turn);
  state.role = 'candidate';
  state.leader = undefined;
  state.term++;
  state.votedFor = state.config.id;
  state.ownVoteSeq = state.writeSeq + 1;
  drawElectionTimeout(state);
}

/** Starts its term with an empty entry: only with it can older ones be committed (paper §5.4.2, §8). */
export function becomeLeader(turn: Turn): void {
  const { state } = turn;
  leaveOffice(turn);
  state.role = 'leader';
  state.leader = state.config.id;
  state.electionElapsed = 0;
  state.heartbeatElapsed = 0;
  state.round = 0;
  for (const peer of state.peers) state.progress.set(peer, newProgress(state.log.lastIndex));
  for (const entry of state.log.between(state.commit + 1, state.log.lastIndex)) {
    state.uncommittedBytes += entryBytes(entry);
  }
  appendEntry(turn, {
    index: state.log.lastIndex + 1,
    term: state.term,
    kind: 'noop',
    proposal: 0,
    data: new Uint8Array(0),
  });
  broadcastAppend(turn);
}
