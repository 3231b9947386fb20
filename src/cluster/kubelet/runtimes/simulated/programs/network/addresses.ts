import type { Syscalls } from '../../process/syscalls.ts';

/** Through /etc/hosts and DNS. */
export async function addressOf(sys: Syscalls, host: string): Promise<string | undefined> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host;
  if (host === 'localhost') return '127.0.0.1';
  return (
    hostsEntry(sys, host) ??
    sys.net.resolve(host).then(
      ({ values }) => values[0],
      () => undefined,
    )
  );
}

/** /etc/hosts comes before DNS. */
export function hostsEntry(sys: Syscalls, name: string): string | undefined {
  try {
    for (const line of sys.files.readText('/etc/hosts').split('\n')) {
      const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (names.includes(name) && ip !== undefined && !ip.includes(':')) return ip;
    }
  } catch {
    // No such file: DNS alone.
  }
  return undefined;
}
