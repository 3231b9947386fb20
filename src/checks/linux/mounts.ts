import type { LinuxView } from '../backend.ts';

/** One line of `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string;
  readonly type: string;
  /** What part of the file system is mounted there: `/` or, for a bind mount, the folder it comes from. */
  readonly root: string;
  readonly source: string;
  readonly device: string;
  /** `privada`, `compartida`, `esclava` or `no enlazable`. */
  readonly propagation: string;
  /** Options of the mount and of the file system; those without a value are `true`. */
  readonly options: { readonly [name: string]: string | true };
}

export function parseMountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const separator = line.indexOf(' - ');
    if (separator < 0) return [];
    const [, , device, root, point, options, ...tags] = line.slice(0, separator).split(' ');
    const [type, source, superOptions] = line.slice(separator + 3).split(' ');
    if (device === undefined || root === undefined || point === undefined || type === undefined) return [];
    return [
      {
        point: unescapeOctal(point),
        type,
        root: unescapeOctal(root),
        source: unescapeOctal(source ?? ''),
        device,
        propagation: propagation(tags),
        options: { ...mountOptions(superOptions ?? ''), ...mountOptions(options ?? '') },
      },
    ];
  });
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function propagation(tags: readonly string[]): string {
  if (tags.some((tag) => tag.startsWith('shared:'))) return 'compartida';
  if (tags.some((tag) => tag.startsWith('master:'))) return 'esclava';
  return tags.includes('unbindable') ? 'no enlazable' : 'privada';
}

function mountOptions(text: string): { [name: string]: string | true } {
  const options: { [name: string]: string | true } = {};
  // A comma inside a value (an SELinux context, a path) is escaped or quoted by the kernel; a plain split is enough.
  for (const option of text.split(',')) {
    if (option === '') continue;
    const equals = option.indexOf('=');
    if (equals < 0) options[option] = true;
    else options[option.slice(0, equals)] = unescapeOctal(option.slice(equals + 1));
  }
  return options;
}

/** Mounts as process `pid` sees them; an empty list when they cannot be read. At most 1 MiB of text. */
export async function mountsOf(view: LinuxView, pid: number | 'self'): Promise<readonly Mount[]> {
  const text = await view.read(`/proc/${pid}/mountinfo`, 1024 * 1024);
  return text.ok ? parseMountinfo(text.value) : [];
}

/** What the learner sees at `point`: of several mounts on one point the last hides the others. */
export function mountAt(mounts: readonly Mount[], point: string): Mount | undefined {
  return mounts.findLast((mount) => mount.point === point);
}
