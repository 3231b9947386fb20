import { createInterface } from 'node:readline';
import { cleanLine } from '../base/text.ts';
import type { CommandSession } from './command.ts';

const maxLine = 4_000;

/** Lines typed by the learner, one at a time; undefined at the end of the input or after Ctrl-C. */
export interface Asker {
  ask(prompt: string): Promise<string | undefined>;
  close(): void;
}

/** Works in a terminal and with the answers in a pipe. Prompts go to stderr, so that stdout stays clean. */
export function openAsker(session: Pick<CommandSession, 'signal'>): Asker {
  const reader = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  });
  const lines: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let closed = false;
  const give = (line: string | undefined) => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(line);
  };
  reader.on('line', (line) => {
    const clean = cleanLine(line).slice(0, maxLine);
    if (waiting === undefined) lines.push(clean);
    else give(clean);
  });
  reader.on('close', () => {
    closed = true;
    give(undefined);
  });
  reader.on('SIGINT', () => reader.close());
  const stop = () => reader.close();
  session.signal.addEventListener('abort', stop, { once: true });
  return {
    ask(prompt) {
      reader.setPrompt(prompt);
      reader.prompt(true);
      const ready = lines.shift();
      if (ready !== undefined) return Promise.resolve(ready);
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    close() {
      session.signal.removeEventListener('abort', stop);
      reader.close();
    },
  };
}

/** A yes that must be typed. `false` without a terminal: silence is not consent. */
export async function confirm(session: CommandSession, question: string): Promise<boolean> {
  if (!session.output.interactive) return false;
  const asker = openAsker(session);
  try {
    const answer = await asker.ask(`${question} [s/N] `);
    return answer !== undefined && /^(s|si|sí)$/i.test(answer.trim());
  } finally {
    asker.close();
  }
}
