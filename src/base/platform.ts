import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

type Env = { readonly [name: string]: string | undefined };

/** The account whose course this is. Under `sudo` that is who typed it, not root: both must share their progress. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * The person behind `sudo`, or undefined when there is no `sudo` or nothing to correct. `passwd` is the text of
 * `/etc/passwd`, read only when it is needed.
 */
export function sudoOwner(
  env: Env,
  effectiveUid: number | undefined,
  passwd: () => string = () => readFileSync('/etc/passwd', 'utf8'),
): Owner | undefined {
  const uid = Number(env['SUDO_UID']);
  if (effectiveUid !== 0 || !Number.isInteger(uid) || uid <= 0) return undefined;
  try {
    for (const line of passwd().split('\n')) {
      const fields = line.split(':');
      if (Number(fields[2]) === uid && fields[5]) return { uid, gid: Number(fields[3]), home: fields[5] };
    }
  } catch {
    // Without the table of accounts we go on as root: progress is then root's, which is better than not starting.
  }
  return undefined;
}

export interface CourseHome {
  /** Absolute folder in which everything the course writes lives. */
  readonly folder: string;
  /** Who must own the files, when it is not whoever runs the process. */
  readonly owner?: Owner;
}

/** `$CURSO_K8S_HOME`, or the platform's folder for application data. Looks at nothing but the environment. */
export function courseHome(
  env: Env = process.env,
  platform: NodeJS.Platform = process.platform,
  owner: Owner | undefined = sudoOwner(env, process.geteuid?.()),
  home: string = owner?.home ?? homedir(),
): CourseHome {
  const withOwner = owner === undefined ? {} : { owner };
  const chosen = env['CURSO_K8S_HOME'];
  if (chosen) return { folder: path.resolve(chosen), ...withOwner };
  if (platform === 'win32') {
    return { folder: path.join(env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local'), 'curso-k8s') };
  }
  if (platform === 'darwin') {
    return { folder: path.join(home, 'Library', 'Application Support', 'curso-k8s'), ...withOwner };
  }
  // Under sudo the environment may carry root's XDG folder; the owner's own is the one that counts.
  const xdg = owner === undefined ? env['XDG_DATA_HOME'] : undefined;
  const data = xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'share');
  return { folder: path.join(data, 'curso-k8s'), ...withOwner };
}
