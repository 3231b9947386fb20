import type { Exercise, Script } from '../model.ts';
import type { WorldShell } from '../world.ts';

/**
 * Tools that a machine may well lack, and how to know. Only these excuse a script: any other word that the shell does
 * not know is more likely a slip of the author.
 */
const tools: readonly { readonly name: string; readonly used: RegExp; readonly probe: string }[] = [
  { name: 'docker compose', used: /\bdocker compose\b/, probe: 'docker compose version' },
  {
    name: 'docker buildx (BuildKit)',
    used: /\bDOCKER_BUILDKIT=1\b|\bdocker buildx\b|--mount=type=|\bdocker build\b.*--secret\b/s,
    probe: 'docker buildx version',
  },
  ...[
    'busybox capsh cc chroot curl gcc getpcaps ip ipcmk ipcs jq mount nc nsenter pivot_root pstree python3',
    'setpriv socat ss strace tcpdump unshare wget',
  ]
    .join(' ')
    .split(' ')
    .map((name) => ({
      name,
      used: new RegExp(`(?:^|[\\s;|&(])${name}(?=[\\s;|&)]|$)`, 'm'),
      probe: `command -v ${name}`,
    })),
];

/** Names of the tools that the start scene or a script uses and this shell does not find. */
export async function missingTools(
  shell: WorldShell,
  exercise: Pick<Exercise, 'start'>,
  script: Script,
): Promise<readonly string[]> {
  const answers = Object.values(script.answers).filter((answer) => typeof answer === 'string');
  const text = [...exercise.start.steps, ...script.steps, ...answers].join('\n');
  const missing: string[] = [];
  for (const { name, used, probe } of tools) {
    if (!used.test(text)) continue;
    const { exitCode } = await shell.run(`${probe} >/dev/null 2>&1`, 10_000);
    if (exitCode !== 0) missing.push(name);
  }
  return missing;
}
