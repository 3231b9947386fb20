import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput, linesOf, type ProgramTable, parseOptions, usage } from '../kit.ts';

export const catPrograms: ProgramTable = { cat };

async function cat(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'nbuvteAE');
  if (wrong !== undefined) return usage(sys, wrong, 'cat [-nbvteA] [FILE]...');
  const numbered = flags.has('n') || flags.has('b');
  const ends = flags.has('e') || flags.has('A') || flags.has('E');
  let count = 0;
  const shown = (line: string) => (flags.has('A') || flags.has('t') ? line.replaceAll('\t', '^I') : line);
  return eachInput(
    sys,
    rest,
    async (fd) => {
      if (!numbered && !ends) {
        for (;;) {
          const chunk = await sys.read(fd);
          if (chunk.byteLength === 0) return;
          await sys.out(chunk);
        }
      }
      for await (const line of linesOf(sys, fd)) {
        const hasNumber = numbered && !(flags.has('b') && line === '');
        await sys.out(
          `${hasNumber ? `${String(++count).padStart(6)}\t` : ''}${shown(line)}${ends ? '$' : ''}\n`,
        );
      }
    },
    (path, text) => (sys.host.flavour.tools === 'gnu' ? `${path}: ${text}` : `can't open '${path}': ${text}`),
  );
}
