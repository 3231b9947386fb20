import type { Readable } from 'node:stream';
import type { Json, JsonObject } from '../../base/json.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import type { Engine } from './engine.ts';

/** Follows the engine's event stream while somebody listens, and remembers more than the engine's last 256. */
export interface EventWatch {
  /** Calls `listener` when something observable may have changed, and once after a lost stream is back. */
  onChange(listener: () => void): () => void;
  /** What happened to one container since a moment (Unix ms): the engine's memory and ours, in order. */
  since(sinceMs: number, container: string): Promise<readonly JsonObject[]>;
  close(): void;
}

/**
 * What our own looking causes (a probe, a file read, `save`) and what health checks repeat. Reacting to them would
 * make every look provoke the next one.
 */
const noise = /^(exec_|top$|archive-path$|export$|save$|resize$|attach$|detach$)/;
const remembered = 2_000;
const firstRetryMs = 250;
const longestRetryMs = 5_000;

export function watchEvents(engine: Engine): EventWatch {
  const { clock } = engine;
  const listeners = new Set<() => void>();
  const memory: JsonObject[] = [];
  let running = false;
  let closed = false;
  let stream: Readable | undefined;
  let cancelRetry: () => void = () => {};
  let retryMs = firstRetryMs;

  const announce = () => {
    for (const listener of [...listeners]) listener();
  };

  async function connect(): Promise<void> {
    let opened: Readable | undefined;
    try {
      opened = await engine.stream('/events', {
        query: { filters: { type: ['container', 'image', 'network', 'volume'] } },
      });
    } catch {
      // The engine is away: the next look says why; here it is enough to come back.
    }
    if (closed) {
      opened?.destroy();
      return;
    }
    if (opened === undefined) return retryLater();
    stream = opened;
    const lines = splitLines((line) => receive(line));
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      retryLater();
    };
    opened.on('data', (chunk: Buffer) => {
      retryMs = firstRetryMs;
      lines(chunk);
    });
    opened.on('end', end);
    opened.on('error', end);
    opened.on('close', end);
    // Anything may have happened before (or while we were away).
    announce();
  }

  function retryLater(): void {
    stream = undefined;
    if (closed) return;
    announce();
    cancelRetry = clock.after(retryMs, () => {
      connect().catch(retryLater);
    });
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }

  function receive(line: string): void {
    const event = parseEvent(line);
    if (event === undefined || noise.test(String(event['Action']))) return;
    memory.push(event);
    if (memory.length > remembered) memory.shift();
    announce();
  }

  function start(): void {
    if (running || closed) return;
    running = true;
    connect().catch(retryLater);
  }

  return {
    onChange(listener) {
      listeners.add(listener);
      start();
      return () => {
        listeners.delete(listener);
      };
    },
    async since(sinceMs, container) {
      start();
      const replayed = await replay(engine, sinceMs, container);
      const known = new Set(replayed.map(identity));
      const ours = memory.filter(
        (event) => isAbout(event, container) && timeOf(event) >= sinceMs && !known.has(identity(event)),
      );
      return [...replayed, ...ours].sort((left, right) => timeOf(left) - timeOf(right));
    },
    close() {
      closed = true;
      cancelRetry();
      listeners.clear();
      stream?.destroy();
    },
  };
}

async function replay(engine: Engine, sinceMs: number, container: string): Promise<readonly JsonObject[]> {
  // `until` ends the answer; both are compared with the engine's own clock, which in a VM may lag ours.
  const answer = await engine
    .bytes('/events', {
      timeoutMs: 1_500,
      maxBytes: 1024 * 1024,
      query: {
        since: (sinceMs / 1000).toFixed(3),
        until: (Math.max(engine.clock.now(), sinceMs) / 1000).toFixed(3),
        filters: { type: ['container'], container: [container] },
      },
    })
    .catch((error: unknown) => {
      // No event in time (the engine's clock is behind) is an empty answer, not a failure.
      if (error instanceof CouldNotLook && error.unavailable.reason === 'timeout') return undefined;
      throw error;
    });
  const events: JsonObject[] = [];
  const lines = splitLines((line) => {
    const event = parseEvent(line);
    if (event !== undefined && isAbout(event, container)) events.push(event);
  });
  lines(answer?.data ?? Buffer.alloc(0));
  lines(Buffer.from('\n'));
  return events.filter((event) => !noise.test(String(event['Action'])));
}

function splitLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      onLine(rest.subarray(0, at).toString('utf8'));
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 1024 * 1024) rest = Buffer.alloc(0); // no event is that long
  };
}

function parseEvent(line: string): JsonObject | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value = JSON.parse(line) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function attributes(event: JsonObject): JsonObject {
  const actor = event['Actor'] as JsonObject | undefined;
  return (actor?.['Attributes'] as JsonObject | undefined) ?? {};
}

function isAbout(event: JsonObject, container: string): boolean {
  return event['Type'] === 'container' && attributes(event)['name'] === container;
}

/** Unix ms. `timeNano` is past what a double holds exactly; a microsecond is enough here. */
function timeOf(event: JsonObject): number {
  return Number(event['timeNano'] ?? Number(event['time']) * 1e9) / 1e6;
}

function identity(event: JsonObject): string {
  const actor = event['Actor'] as JsonObject | undefined;
  return `${event['timeNano']} ${event['Action']} ${actor?.['ID']}`;
}
