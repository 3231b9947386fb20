import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { cleanText } from '../../base/text.ts';
import { newAttempt } from '../attempt.ts';
import type { World } from '../world.ts';
import type { Stage } from './play.ts';

/** A code block marked `sh ejecutable`. */
export interface RunnableBlock {
  readonly code: string;
  /** From 1, in `leccion.md`. */
  readonly line: number;
}

export interface BlockProblem {
  readonly line: number;
  /** Spanish. */
  readonly message: string;
}

export interface BlocksSetup {
  readonly lessonId: string;
  readonly blocks: readonly RunnableBlock[];
  readonly world: World;
  readonly stage: Stage;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const blockMs = 60_000;

/** The world in which the blocks of a lesson make sense: Docker's as soon as one of them calls it. */
export function worldOfBlocks(blocks: readonly RunnableBlock[]): 'docker' | 'linux' {
  return blocks.some(({ code }) => /(^|[\s;|&(])docker\s/m.test(code)) ? 'docker' : 'linux';
}

/**
 * Runs the runnable blocks of one lesson, in order and in one shell, as a reader who follows along would. Each must end
 * well. Blocks clean up what they make: they have no drawn names by which the course could do it.
 */
export async function proveBlocks(setup: BlocksSetup): Promise<readonly BlockProblem[]> {
  const { lessonId, blocks, world, stage, clock, random, signal } = setup;
  if (blocks.length === 0) return [];
  const attempt = await newAttempt({ id: lessonId, parameters: {} }, { clock, random });
  await stage.announce?.(attempt);
  const problems: BlockProblem[] = [];
  try {
    const set = await stage.set(attempt, {}, signal);
    if (!set.ok) return [{ line: blocks[0]?.line ?? 1, message: set.why }];
    const shell = await world.openShell(attempt);
    try {
      for (const { code, line } of blocks) {
        signal.throwIfAborted();
        const { exitCode, output } = await shell.run(code, blockMs);
        if (exitCode === 0) continue;
        const said = cleanText(output).trim().split('\n').slice(-3).join(' / ').slice(-300);
        const why = exitCode === 124 ? 'no terminó a tiempo' : `terminó con el código ${exitCode}`;
        problems.push({ line, message: `El bloque ejecutable ${why}${said === '' ? '' : `: ${said}`}.` });
      }
    } finally {
      await shell.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    const line = blocks[0]?.line ?? 1;
    problems.push({ line, message: `Los bloques ejecutables cerraron el shell: ${messageOf(error)}` });
  } finally {
    await world.cleanProof(attempt);
    await stage.strike(attempt);
  }
  return problems;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
