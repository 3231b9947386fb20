import path from 'node:path';
import type { Attempt } from '../../course/model.ts';
import type { Interactive } from '../../course/world.ts';
import type { Environment } from './environment.ts';

/** The learner's own shell, in the working folder, with a prompt that says which exercise it belongs to. */
export function hostTerminal(
  base: Environment,
  env: { readonly [name: string]: string },
  attempt: Attempt | undefined,
  folder: string,
): Interactive {
  const label = attempt === undefined ? 'curso' : `curso ${attempt.exerciseId}`;
  return { argv: [ownShell(base)], env: { ...env, ...promptOf(label) }, cwd: folder };
}

function ownShell(base: Environment): string {
  if (process.platform === 'win32') return base['SHELL'] ?? base['ComSpec'] ?? 'cmd.exe';
  const shell = base['SHELL'];
  return shell !== undefined && path.isAbsolute(shell) ? shell : 'sh';
}

/**
 * Shells read their prompt from different places. bash takes PS1 from its own start file, so it is set once from
 * PROMPT_COMMAND, which it runs before the first prompt; the others take it from the environment.
 */
export function promptOf(label: string): { readonly [name: string]: string } {
  return {
    PS1: `(${label}) $ `,
    PROMPT: `(${label}) %~ %# `,
    PROMPT_COMMAND: `PS1='(${label}) \\w \\$ '; unset PROMPT_COMMAND`,
  };
}
