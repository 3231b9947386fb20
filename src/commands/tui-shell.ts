import { spawn } from 'node:child_process';
import type { Interactive } from '../course/world.ts';

/** Lets a shell use our terminal until it ends. Resolves with one line for the learner; '' when it ended by itself. */
export function runShell(shell: Interactive): Promise<string> {
  const [program = 'sh', ...rest] = shell.argv;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: shell.cwd,
      env: { ...process.env, ...shell.env },
      stdio: 'inherit',
    });
    child.on('error', (error) => resolve(`No se pudo abrir la terminal: ${error.message}`));
    child.on('exit', (_code, signal) =>
      resolve(signal === null ? '' : `La terminal se cerró de golpe (${signal}). Tu trabajo sigue ahí.`),
    );
  });
}
