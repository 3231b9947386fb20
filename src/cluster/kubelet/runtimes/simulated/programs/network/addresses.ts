import type { Syscalls } from '../../process/syscalls.ts';
import { hostsEntry } from './wget.ts';

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
