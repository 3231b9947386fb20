import { spawn } from 'node:child_process';
import path from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';
import { systemClock } from '../../src/base/clock.ts';
import type { Kubectl } from './kubectls.ts';

interface Where {
  readonly kubeconfig: string;
  readonly folder: string;
}

const environment = ({ kubeconfig, folder }: Where) => ({
  PATH: process.env['PATH'] ?? '',
  HOME: path.join(folder, 'home'),
  KUBECONFIG: kubeconfig,
  TERM: 'xterm',
});

/** A kubectl that goes on until it is stopped. */
export interface Running {
  stdout(): string;
  stderr(): string;
  ended(): boolean;
  stop(): Promise<void>;
}

export function startKubectl(kubectl: Kubectl, where: Where, argv: readonly string[]): Running {
  const child = spawn(kubectl.file, [...argv], {
    argv0: 'kubectl',
    cwd: where.folder,
    env: environment(where),
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  let over = false;
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => {
      over = true;
      resolve();
    });
  });
  return {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended: () => over,
    stop() {
      child.kill('SIGTERM');
      return closed;
    },
  };
}

/** Looks until there is something; throws with what was said when it ends before, or after a minute. */
export async function waitFor<T>(look: () => T | undefined, running: Running): Promise<T> {
  for (let turn = 0; turn < 3000; turn++) {
    const found = look();
    if (found !== undefined) return found;
    if (running.ended()) break;
    await systemClock.sleep(20);
  }
  throw new Error(`kubectl said: ${running.stdout()}${running.stderr()}`);
}

/** Runs it in a terminal of 100 by 30 and types each text after half a second, or when a shell's prompt has come again. */
export function inTerminal(
  kubectl: Kubectl,
  where: Where,
  argv: readonly string[],
  keys: readonly string[],
  when: 'prompt' | 'soon' = 'soon',
): Promise<{ readonly exit: number; readonly text: string }> {
  return new Promise((resolve) => {
    let text = '';
    const pty = spawnPty(kubectl.file, [...argv], {
      cols: 100,
      rows: 30,
      cwd: where.folder,
      env: environment(where),
    });
    pty.onData((data) => {
      text += data;
    });
    let typing = true;
    pty.onExit(({ exitCode }) => {
      typing = false;
      resolve({ exit: exitCode, text });
    });
    void (async () => {
      let seen = 1;
      for (const one of keys) {
        const prompts = () => text.split('/ # ').length;
        for (let turn = 0; turn < 3000 && when === 'prompt' && typing && prompts() === seen; turn++)
          await systemClock.sleep(20);
        seen = prompts();
        if (when === 'soon') await systemClock.sleep(500);
        if (typing) pty.write(one);
      }
      await systemClock.sleep(75_000);
      if (typing) pty.kill();
    })();
  });
}
