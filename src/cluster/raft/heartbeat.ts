import { send, type Turn } from './turn.ts';

/** Keeps the followers loyal, tells them what is committed and asks them to confirm the newest read round (§6.4). */
export function broadcastHeartbeat(turn: Turn): void {
  const { state } = turn;
  state.heartbeatElapsed = 0;
  for (const [peer, progress] of state.progress) {
    // Never beyond what it is known to have: its log may still differ after that.
    const commit = Math.min(progress.match, state.commit);
    send(turn, peer, { type: 'Heartbeat', term: state.term, commit, round: state.round });
  }
}
