import type { Json, JsonObject } from '../../base/json.ts';
import { cleanText } from '../../base/text.ts';
import { renderText, renderValue } from '../../checks/templates.ts';
import type { Script } from '../model.ts';
import type { WorldShell } from '../world.ts';

/** The scene could not be played to its end. `missing`: tools that it uses and this machine lacks. */
export class CannotPlay extends Error {
  readonly missing: readonly string[];
  constructor(why: string, options: { readonly cause?: unknown; readonly missing?: readonly string[] } = {}) {
    super(why, { cause: options.cause });
    this.missing = options.missing ?? [];
  }
}

/** What following a script needs. */
export interface Hands {
  readonly shell: WorldShell;
  readonly scope: () => JsonObject;
  readonly stepMs: number;
  readonly look: () => Promise<unknown>;
  /** Commands of the course itself, which need not be installed to prove a lesson. */
  readonly own: { readonly [command: string]: () => Promise<void> };
  readonly answer: (answers: { readonly [questionId: string]: Json }) => void;
}

/** Does what a script says, looking before, between and after, and returns what the first steps that failed said. */
export async function follow(script: Script, hands: Hands): Promise<string> {
  const { shell, scope, stepMs, look, own } = hands;
  const said: string[] = [];
  await look();
  for (const template of script.steps) {
    const step = renderText(template, scope());
    const command = own[/^\s*curso\s+(\w+)/.exec(step)?.[1] ?? ''];
    if (command) {
      await command();
      continue;
    }
    const answered = answeredIn(step);
    if (answered) {
      hands.answer(answered);
      await look();
      continue;
    }
    const { exitCode, output } = await run(shell, step, stepMs);
    if (exitCode === 124) throw new CannotPlay(`El paso \`${firstLine(step)}\` no terminó a tiempo.`);
    if (exitCode !== 0) said.push(`\`${firstLine(step)}\` → ${exitCode}: ${lastWords(output)}`);
    await look();
  }
  const answers: Record<string, Json> = {};
  for (const [id, value] of Object.entries(script.answers)) {
    const answer = typeof value === 'string' ? renderText(value, scope()) : renderValue(value, scope());
    answers[id] =
      typeof answer === 'string' && isCommand(answer) ? await ask(shell, answer, stepMs) : (answer ?? '');
  }
  hands.answer(answers);
  return said.slice(0, 3).join(' ‖ ');
}

/** `curso responder 9.3.a causa="…"`: an answer whose moment counts. */
function answeredIn(step: string): { readonly [questionId: string]: string } | undefined {
  const [, question, , value] =
    /^\s*curso\s+responder\s+\S+\s+([a-z0-9-]+)=(["']?)(.*)\2\s*$/.exec(step) ?? [];
  return question === undefined || value === undefined ? undefined : { [question]: value };
}

function isCommand(answer: string): boolean {
  return /^\s*\$\([\s\S]*\)\s*$/.test(answer);
}

/** The answer a learner would read on the screen. */
async function ask(shell: WorldShell, command: string, stepMs: number): Promise<string> {
  const { output } = await run(shell, `printf '%s\\n' "${command.trim()}"`, stepMs);
  return cleanText(output).trim();
}

async function run(shell: WorldShell, step: string, timeoutMs: number) {
  try {
    return await shell.run(step, timeoutMs);
  } catch (error) {
    throw new CannotPlay(`El paso \`${firstLine(step)}\` cerró el shell.`, { cause: error });
  }
}

function firstLine(step: string): string {
  return step.trim().split('\n', 1)[0]?.slice(0, 120) ?? '';
}

function lastWords(output: string): string {
  return cleanText(output).trim().split('\n').slice(-3).join(' / ').slice(-300);
}
