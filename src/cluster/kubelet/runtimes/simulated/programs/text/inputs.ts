import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput as openEach } from '../kit.ts';

export function eachInput(
  sys: Syscalls,
  paths: readonly string[],
  use: (fd: number, name: string) => Promise<void>,
): Promise<number> {
  return openEach(sys, paths, use, (path, text) => `${path}: ${text}`);
}
