import { baseName } from '../fs/paths.ts';
import { signal } from '../process/signals.ts';
import type { Programs } from '../process/surroundings.ts';
import type { Program, Syscalls } from '../process/syscalls.ts';
import { archivePrograms } from './files/archive.ts';
import { catPrograms } from './files/cat.ts';
import { changePrograms } from './files/change.ts';
import { findPrograms } from './files/find.ts';
import { lsPrograms } from './files/ls.ts';
import { curl } from './network/curl.ts';
import { networkTools } from './network/tools.ts';
import { wget } from './network/wget.ts';
import { serverPrograms } from './servers/index.ts';
import { sh } from './sh.ts';
import { basics } from './system/basics.ts';
import { machinePrograms } from './system/machine.ts';
import { processPrograms } from './system/processes.ts';
import { awkPrograms } from './text/awk.ts';
import { grepPrograms } from './text/grep.ts';
import { linePrograms } from './text/lines.ts';
import { miscPrograms } from './text/misc.ts';
import { boundExpressions } from './text/regex.ts';
import { sedPrograms } from './text/sed.ts';

const programs: { readonly [name: string]: Program } = {
  sh,
  ash: sh,
  bash: sh,
  dash: sh,
  ...basics,
  ...catPrograms,
  ...lsPrograms,
  ...changePrograms,
  ...findPrograms,
  ...archivePrograms,
  ...networkTools,
  ...machinePrograms,
  ...processPrograms,
  ...awkPrograms,
  ...grepPrograms,
  ...linePrograms,
  ...miscPrograms,
  ...sedPrograms,
  wget,
  curl,
  ...serverPrograms,
  pause,
};

/** Ends when it is asked to, although it is PID 1. */
function pause(sys: Syscalls): Promise<number> {
  for (const [number, name] of [
    [signal.INT, 'Interrupt'],
    [signal.TERM, 'Terminated'],
  ] as const) {
    sys.onSignal(number, () => {
      void sys.err(`Shutting down, got signal: ${name}\n`);
      sys.exitSoon(0);
    });
  }
  return sys.block<number>(() => undefined);
}

/** One program with many names. */
async function busybox(sys: Syscalls): Promise<number> {
  const name = baseName(sys.args[0] ?? '').replace(/^-/, '');
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program === undefined) {
    await sys.err(`${name}: applet not found\n`);
    return 127;
  }
  return program(sys);
}

/** Bytes that the larger programs need when they start. */
const memory: { readonly [name: string]: number } = {
  nginx: 3_500_000,
  apache: 6_000_000,
  agnhost: 8_000_000,
  'redis-server': 8_000_000,
  postgres: 34_000_000,
  mysqld: 180_000_000,
  mongod: 90_000_000,
  coredns: 14_000_000,
  'php-apache': 9_000_000,
  pause: 300_000,
};

/** Everything that images can contain. */
export function simulatedPrograms(): Programs {
  boundExpressions();
  return {
    get: (name) =>
      name === 'busybox' ? busybox : Object.hasOwn(programs, name) ? programs[name] : undefined,
    memoryOf: (name) => (Object.hasOwn(memory, name) ? (memory[name] ?? 0) : 600_000),
  };
}
