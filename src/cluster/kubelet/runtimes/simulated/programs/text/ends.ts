import { Errno } from '../../fs/errno.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, linesOf, Output, parseOptions, readAll, sizeOf, usage } from '../kit.ts';
import { eachInput } from './inputs.ts';

/** `-5` as `-n 5`. */
function withOldCount(args: readonly string[]): string[] {
  return args.flatMap((arg) => (/^-\d+$/.test(arg) ? ['-n', arg.slice(1)] : [arg]));
}

export async function head(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(withOldCount(sys.args.slice(1)), 'n:c:qv');
  if (wrong !== undefined) return usage(sys, wrong, 'head [OPTIONS] [FILE]...');
  const count = sizeOf((flags.get('n') ?? '10').replace('-', ''));
  const bytes = flags.has('c') ? sizeOf((flags.get('c') ?? '').replace('-', '')) : undefined;
  if (count === undefined || (flags.has('c') && bytes === undefined))
    return fail(sys, `invalid number '${flags.get('c') ?? flags.get('n')}'`);
  const fromEnd = (flags.get('n') ?? '').startsWith('-');
  let first = true;
  return eachInput(sys, rest, async (fd, name) => {
    if (rest.length > 1 && !flags.has('q'))
      await sys.out(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`);
    first = false;
    if (bytes !== undefined) {
      for (let left = bytes; left > 0; ) {
        const chunk = await sys.read(fd, Math.min(left, 65_536));
        if (chunk.byteLength === 0) return;
        left -= chunk.byteLength;
        await sys.out(chunk);
      }
      return;
    }
    if (fromEnd) {
      const lines: string[] = [];
      for await (const line of linesOf(sys, fd)) lines.push(line);
      for (const line of lines.slice(0, Math.max(0, lines.length - count))) await sys.out(`${line}\n`);
      return;
    }
    let left = count;
    if (left === 0) return;
    for (;;) {
      const chunk = await sys.read(fd);
      if (chunk.byteLength === 0) return;
      let end = 0;
      while (left > 0 && end < chunk.byteLength) {
        const at = chunk.indexOf(10, end);
        end = at < 0 ? chunk.byteLength : at + 1;
        if (at >= 0) left--;
      }
      await sys.out(chunk.subarray(0, end));
      if (left === 0) return;
    }
  });
}

export async function tail(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(withOldCount(sys.args.slice(1)), 'n:c:fFqs:v');
  if (wrong !== undefined) return usage(sys, wrong, 'tail [OPTIONS] [FILE]...');
  const spec = flags.get('c') ?? flags.get('n') ?? '10';
  const count = sizeOf(spec.replace(/^[-+]/, ''));
  if (count === undefined) return fail(sys, `invalid number '${spec}'`);
  const follows: { fd: number; name: string }[] = [];
  const following = flags.has('f') || flags.has('F');
  let first = true;
  let code = 0;
  for (const name of rest.length === 0 ? ['-'] : rest) {
    let fd = 0;
    try {
      if (name !== '-') fd = sys.open(name, { read: true });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `can't open '${name}': ${error.message}`);
      continue;
    }
    if (rest.length > 1 && !flags.has('q')) await sys.out(`${first ? '' : '\n'}==> ${name} <==\n`);
    first = false;
    await tailOf(sys, fd, count, spec.startsWith('+'), flags.has('c'));
    if (following) follows.push({ fd, name });
    else if (name !== '-') sys.close(fd);
  }
  if (!following || follows.length === 0) {
    if (follows.length === 0 && code !== 0 && (following || rest.length > 0))
      await sys.err('tail: no files\n');
    return code;
  }
  for (;;) {
    for (const { fd } of follows) {
      const chunk = await sys.read(fd);
      if (chunk.byteLength > 0) await sys.out(chunk);
    }
    await sys.sleep(1000);
  }
}

async function tailOf(
  sys: Syscalls,
  fd: number,
  count: number,
  fromStart: boolean,
  bytes: boolean,
): Promise<void> {
  const out = new Output(sys);
  if (bytes) {
    const all = await readAll(sys, fd);
    await sys.out(
      fromStart ? all.subarray(Math.max(0, count - 1)) : all.subarray(Math.max(0, all.byteLength - count)),
    );
    sys.allocate(-all.byteLength);
    return;
  }
  if (fromStart) {
    let index = 0;
    for await (const line of linesOf(sys, fd)) if (++index >= count) await out.put(`${line}\n`);
    await out.flush();
    return;
  }
  let kept: string[] = [];
  for await (const line of linesOf(sys, fd)) {
    kept.push(line);
    if (kept.length > count * 2 + 64) kept = kept.slice(-count);
  }
  for (const line of count === 0 ? [] : kept.slice(-count)) await out.put(`${line}\n`);
  await out.flush();
}
