import type { Backend, FilesView } from '../../src/checks/backend.ts';
import type { Attempt } from '../../src/course/model.ts';
import type { Stage } from '../../src/course/proof/play.ts';
import type { World, WorldShell } from '../../src/course/world.ts';

/**
 * A world made of files in memory. Its shell understands `pon ARCHIVO TEXTO…` (`;` is a line break), `quita ARCHIVO`,
 * `lee ARCHIVO`, `falla`, `muere` and `cuelga`; `printf '%s\n' "$(lee ARCHIVO)"` prints a file, as a real one would.
 */
export interface MemoryWorld extends World {
  /** Attempts whose files were not cleaned. */
  readonly alive: ReadonlyMap<string, Map<string, string>>;
  /** Every step that was run. */
  readonly ran: readonly string[];
  readonly stage: Stage;
}

export function memoryWorld(
  options: {
    readonly keeps?: string;
    readonly startSteps?: readonly string[];
    readonly tools?: readonly string[];
    /** What `docker ps` prints. */
    readonly containers?: (attempt: Attempt) => string;
    /** Asked at each look at a file; what it throws is why nobody could look. */
    readonly looking?: () => void;
  } = {},
): MemoryWorld {
  const alive = new Map<string, Map<string, string>>();
  const ran: string[] = [];
  const filesOf = (attempt: Attempt) => {
    const files = alive.get(attempt.token) ?? new Map<string, string>();
    alive.set(attempt.token, files);
    return files;
  };
  const run = (attempt: Attempt, step: string): { exitCode: number; output: string } => {
    ran.push(step);
    const files = filesOf(attempt);
    const asked = /^printf '%s\\n' "\$\((.*)\)"$/s.exec(step);
    const [command = '', file = '', ...words] = (asked?.[1] ?? step).trim().split(/\s+/);
    switch (command) {
      case 'pon':
        files.set(file, words.join(' ').replaceAll(';', '\n'));
        return { exitCode: 0, output: '' };
      case 'quita':
        return { exitCode: files.delete(file) ? 0 : 1, output: '' };
      case 'lee':
        return { exitCode: files.has(file) ? 0 : 1, output: `${files.get(file) ?? ''}\n` };
      case 'cuelga':
        return { exitCode: 124, output: '' };
      case 'muere':
        throw new Error('shell died');
      case 'docker':
        if (file === 'ps')
          return { exitCode: 0, output: `otro-0000 x=1\n${options.containers?.(attempt) ?? ''}` };
        return { exitCode: options.tools?.some((tool) => step.includes(tool)) ? 0 : 1, output: '' };
      case 'command':
        return { exitCode: options.tools?.some((tool) => step.includes(tool)) ? 0 : 1, output: '' };
      default:
        return { exitCode: 127, output: `${command}: not found\n` };
    }
  };
  return {
    alive,
    ran,
    facts: { cgroup: 'desconocido', rung: 'none', announcement: '', missing: {} },
    async openBackend(attempt): Promise<Backend> {
      const view: FilesView = {
        read: async (path) => {
          options.looking?.();
          const value = filesOf(attempt).get(path);
          return value === undefined ? { ok: false, error: 'ENOENT' } : { ok: true, value };
        },
        list: async () => ({ ok: true, value: [...filesOf(attempt).keys()] }),
      };
      return { files: view, missing: {}, onChange: () => () => {}, close: async () => {} };
    },
    async openShell(attempt): Promise<WorldShell> {
      return { run: async (step) => run(attempt, step), close: async () => {} };
    },
    interactive: () => ({ argv: ['sh'], env: {}, cwd: '/' }),
    clean: async () => ({ removed: [], left: [] }),
    async cleanProof(attempt) {
      const files = alive.get(attempt.token);
      const left =
        options.keeps === undefined || !files?.has(options.keeps) ? [] : [`el archivo ${options.keeps}`];
      alive.delete(attempt.token);
      return { removed: files ? ['archivos'] : [], left };
    },
    stage: {
      folderOf: (attempt) => `/memoria/${attempt.token}`,
      set: async (attempt) => {
        for (const step of options.startSteps ?? []) {
          if (run(attempt, step).exitCode !== 0) return { ok: false, why: `No se pudo preparar: ${step}.` };
        }
        return { ok: true };
      },
      strike: async () => {},
    },
  };
}
