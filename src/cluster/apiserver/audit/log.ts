import type { Clock } from '../../../base/clock.ts';
import { AuditFiles, type AuditFilesOptions } from './audit-files.ts';
import type { AuditEvent, AuditSink } from './event.ts';
import { type AuditQuery, matchesAudit } from './query.ts';

export interface AuditLogOptions extends AuditFilesOptions {
  readonly clock: Clock;
  /** Events kept in memory. Default 5000. */
  readonly remembered?: number;
  /** Told once when the disk begins to refuse, and again after it has worked in between. */
  readonly onTrouble?: (why: string) => void;
}

const flushMs = 500;
const defaultRemembered = 5000;
/** Beyond this nothing waits for the disk any more: the oldest lines are lost, never memory. */
const maxWaitingBytes = 4 * 1024 * 1024;
/** What clients say of themselves is kept up to here. */
const maxText = 1024;
const CLIPPED = ['url', 'userAgent', 'kubectlCommand', 'kubectlSession', 'name', 'user'] as const;
const defaultLimit = 1000;

/**
 * Who asked for what, and what they were told: the newest in memory, all in files bounded on disk, written in batches
 * that no request waits for. Reads and watches of the cluster's own components stay out of the files.
 */
export class AuditLog implements AuditSink {
  readonly #files: AuditFiles;
  readonly #options: AuditLogOptions;
  #ring: AuditEvent[] = [];
  #next = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #troubled = false;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#files = new AuditFiles(options);
  }

  record(given: AuditEvent): void {
    const event = clipped(given);
    const size = this.#options.remembered ?? defaultRemembered;
    if (this.#ring.length < size) this.#ring.push(event);
    else this.#ring[this.#next % size] = event;
    this.#next += 1;
    if (isChatter(event)) return;
    const line = `${JSON.stringify(event)}\n`;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    while (this.#waitingBytes > maxWaitingBytes) {
      this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
      this.#lost += 1;
    }
    this.#cancel ??= this.#options.clock.after(flushMs, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  /** How many events no file will ever hold, because the disk could not keep up. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes what waits. Never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const lines = this.#waiting.join('');
      if (lines === '') return;
      const count = this.#waiting.length;
      this.#waiting = [];
      this.#waitingBytes = 0;
      const why = await this.#files.append(lines);
      if (why !== undefined) this.#lost += count;
      if (why !== undefined && !this.#troubled) this.#options.onTrouble?.(why);
      this.#troubled = why !== undefined;
    });
    return this.#writing;
  }

  /** The newest events that match, oldest first, among those in memory. */
  recent(query: AuditQuery = {}): readonly AuditEvent[] {
    const size = this.#ring.length;
    const start = this.#next % Math.max(size, 1);
    return newest([...this.#ring.slice(start), ...this.#ring.slice(0, start)], query);
  }

  /** As `recent`, but also what earlier runs left on disk. */
  async search(query: AuditQuery = {}): Promise<readonly AuditEvent[]> {
    await this.flush();
    const known = new Set(this.#ring.map(({ auditID }) => auditID));
    const earlier = (await this.#files.read()).filter(({ auditID }) => !known.has(auditID));
    return newest([...earlier, ...this.recent({ components: true, limit: this.#ring.length })], query);
  }

  /** Stops the timer and writes what waits. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.flush();
  }
}

function clipped(event: AuditEvent): AuditEvent {
  if (CLIPPED.every((key) => (event[key]?.length ?? 0) <= maxText)) return event;
  const short: { -readonly [key in keyof AuditEvent]: AuditEvent[key] } = { ...event };
  for (const key of CLIPPED) {
    const text = short[key];
    if (text !== undefined) short[key] = text.slice(0, maxText);
  }
  return short;
}

function newest(events: readonly AuditEvent[], query: AuditQuery): readonly AuditEvent[] {
  return events.filter((event) => matchesAudit(event, query)).slice(-(query.limit ?? defaultLimit));
}

const CHATTER = new Set(['get', 'list', 'watch']);
const LEASES = new Set(['leases', 'events']);

/** What components do all the time, which nobody wants to read about and which would fill the files. */
function isChatter({ user, verb, resource }: AuditEvent): boolean {
  return (
    (CHATTER.has(verb) || LEASES.has(resource)) &&
    /^system:(kube-|node:|apiserver|serviceaccount:kube-system:)/.test(user)
  );
}
