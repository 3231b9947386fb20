import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Errno } from '../../fs/errno.ts';
import { toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput, fail, nameOf, type ProgramTable, parseOptions, readAll, sizeOf, usage } from '../kit.ts';
import { tar } from './tar.ts';

/** Programs about bytes: archives, sums, dumps. */
export const archivePrograms: ProgramTable = {
  tar,
  gzip: (sys) =>
    zip(
      sys,
      sys.args.slice(1).some((arg) => /^-\w*d/.test(arg)),
    ),
  gunzip: (sys) => zip(sys, true),
  zcat: async (sys) => {
    for (const path of sys.args.slice(1)) await sys.out(unzipped(await bytesOf(sys, path)));
    if (sys.args.length === 1) await sys.out(unzipped(await readAll(sys)));
    return 0;
  },
  base64: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'dw:i', { decode: 'd', wrap: 'w' });
    const width = Number(flags.get('w') ?? 76);
    return eachInput(sys, rest.slice(0, 1), async (fd) => {
      const bytes = await readAll(sys, fd);
      if (flags.has('d')) {
        await sys.out(Uint8Array.from(Buffer.from(toText(bytes), 'base64')));
        return;
      }
      const text = Buffer.from(bytes).toString('base64');
      const lines =
        width > 0 ? (text.match(new RegExp(`.{1,${Math.min(width, 60_000)}}`, 'g')) ?? []) : [text];
      await sys.out(width > 0 ? lines.map((line) => `${line}\n`).join('') : text);
    });
  },
  md5sum: (sys) => sum(sys, 'md5'),
  sha1sum: (sys) => sum(sys, 'sha1'),
  sha256sum: (sys) => sum(sys, 'sha256'),
  sha512sum: (sys) => sum(sys, 'sha512'),
  dd,
  od: (sys) => dump(sys),
  hexdump: (sys) => dump(sys),
  xxd: (sys) => dump(sys),
};

async function bytesOf(sys: Syscalls, path: string): Promise<Uint8Array> {
  const fd = sys.open(path, { read: true });
  const bytes = await readAll(sys, fd);
  sys.close(fd);
  return bytes;
}

/** At most 256 MiB: a bomb ends as a broken file. */
function unzipped(bytes: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(gunzipSync(bytes, { maxOutputLength: 1 << 28 }));
  } catch {
    throw new Errno('EIO');
  }
}

async function zip(sys: Syscalls, decompress: boolean): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'cfkdt123456789nvq');
  const convert = (bytes: Uint8Array) => (decompress ? unzipped(bytes) : Uint8Array.from(gzipSync(bytes)));
  if (rest.length === 0 || (rest.length === 1 && rest[0] === '-')) {
    const bytes = await readAll(sys);
    try {
      await sys.out(convert(bytes));
      return 0;
    } catch (error) {
      if (!(error instanceof Errno) || sys.ended) throw error;
      return fail(sys, 'invalid magic');
    }
  }
  let code = 0;
  for (const path of rest) {
    try {
      const bytes = convert(await bytesOf(sys, path));
      if (flags.has('c')) await sys.out(bytes);
      else {
        if (decompress && !path.endsWith('.gz')) throw new Errno('EINVAL');
        sys.files.writeBytes(decompress ? path.slice(0, -3) : `${path}.gz`, bytes);
        if (!flags.has('k')) sys.files.unlink(path);
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(
        sys,
        `${path}: ${error.code === 'EINVAL' ? 'unknown suffix - ignored' : error.message}`,
      );
    }
  }
  return code;
}

async function sum(sys: Syscalls, algorithm: string): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'csw', { check: 'c', status: 's' });
  if (flags.has('c')) {
    let failed = 0;
    for (const line of (await Promise.all(rest.map((path) => bytesOf(sys, path)))).flatMap((bytes) =>
      toText(bytes).split('\n'),
    )) {
      const [, wanted, path = ''] = /^([0-9a-f]+)\s+\*?(.+)$/.exec(line) ?? [];
      if (wanted === undefined) continue;
      const fine =
        sys.files.exists(path) &&
        createHash(algorithm)
          .update(await bytesOf(sys, path))
          .digest('hex') === wanted;
      if (!fine) failed++;
      if (!flags.has('s')) await sys.out(`${path}: ${fine ? 'OK' : 'FAILED'}\n`);
    }
    if (failed > 0)
      await sys.err(`${nameOf(sys)}: WARNING: ${failed} of ${failed} computed checksums did NOT match\n`);
    return failed > 0 ? 1 : 0;
  }
  return eachInput(sys, rest, async (fd, name) => {
    const hash = createHash(algorithm);
    for (;;) {
      const chunk = await sys.read(fd);
      if (chunk.byteLength === 0) break;
      hash.update(chunk);
    }
    await sys.out(`${hash.digest('hex')}  ${name}\n`);
  });
}

async function dd(sys: Syscalls): Promise<number> {
  const values = new Map(
    sys.args
      .slice(1)
      .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] as const),
  );
  const wrong = [...values.keys()].find(
    (name) =>
      !['if', 'of', 'bs', 'count', 'skip', 'seek', 'conv', 'ibs', 'obs', 'iflag', 'oflag', 'status'].includes(
        name,
      ),
  );
  if (wrong !== undefined)
    return usage(sys, '', 'dd [if=FILE] [of=FILE] [ibs=N obs=N/bs=N] [count=N] [skip=N] [seek=N]');
  const number = (name: string, usual: number) => (values.has(name) ? sizeOf(values.get(name) ?? '') : usual);
  const [size, count, skip, seek] = [
    number('bs', number('ibs', 512) ?? 512),
    number('count', Number.POSITIVE_INFINITY),
    number('skip', 0),
    number('seek', 0),
  ];
  if (size === undefined || count === undefined || skip === undefined || seek === undefined || size === 0)
    return fail(sys, `invalid number '${values.get('bs') ?? values.get('count')}'`);
  let [input, output] = [0, 1];
  for (const [name, how] of [
    ['if', { read: true }],
    [
      'of',
      { write: true, create: true, truncate: values.get('conv')?.includes('notrunc') !== true && seek === 0 },
    ],
  ] as const) {
    const path = values.get(name);
    if (path === undefined) continue;
    try {
      if (name === 'if') input = sys.open(path, how);
      else output = sys.open(path, how);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `can't open '${path}': ${error.message}`);
    }
  }
  // The whole block is in memory: `bs=200M` may be more than there is.
  sys.allocate(size);
  if (seek > 0) sys.seek(output, seek * size);
  if (skip > 0 && !sys.seek(input, skip * size)) for (let n = 0; n < skip; n++) await block(sys, input, size);
  const startMs = sys.now();
  let [full, partial, total] = [0, 0, 0];
  let problem: string | undefined;
  try {
    for (let n = 0; n < count; n++) {
      const parts = await block(sys, input, size);
      const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
      if (bytes === 0) break;
      if (bytes === size) full++;
      else partial++;
      for (const part of parts) await sys.write(output, part);
      total += bytes;
    }
  } catch (error) {
    if (!(error instanceof Errno) || sys.ended) throw error;
    problem = `error writing '${values.get('of') ?? 'standard output'}': ${error.message}`;
  }
  if (problem !== undefined) await fail(sys, problem);
  if (values.get('status') === 'none') return problem === undefined ? 0 : 1;
  const seconds = Math.max(0.000001, (sys.now() - startMs) / 1000);
  const rate = total / seconds;
  const shown = (value: number) =>
    value >= 2 ** 30
      ? `${(value / 2 ** 30).toFixed(1)}GB`
      : value >= 2 ** 20
        ? `${(value / 2 ** 20).toFixed(1)}MB`
        : value >= 1024
          ? `${(value / 1024).toFixed(1)}KB`
          : `${value.toFixed(0)} bytes`;
  await sys.err(
    `${full}+${partial} records in\n${full}+${partial} records out\n${total} bytes (${shown(total)}) copied, ${seconds.toFixed(6)} seconds, ${shown(rate)}/s\n`,
  );
  return problem === undefined ? 0 : 1;
}

/** Up to a whole block, in parts. */
async function block(sys: Syscalls, fd: number, size: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (let left = size; left > 0; ) {
    const chunk = await sys.read(fd, Math.min(left, 65_536));
    if (chunk.byteLength === 0) break;
    parts.push(chunk);
    left -= chunk.byteLength;
    // A pipe gives what it has; only devices and files fill a block.
    if (sys.node(fd) === undefined) break;
  }
  return parts;
}

async function dump(sys: Syscalls): Promise<number> {
  const name = nameOf(sys);
  const { flags, rest } = parseOptions(sys.args.slice(1), 'A:t:N:j:vcxbdoCn:s:pl:', {});
  const most = Number(flags.get('N') ?? flags.get('n') ?? flags.get('l') ?? Number.POSITIVE_INFINITY);
  return eachInput(sys, rest, async (fd) => {
    const all = (await readAll(sys, fd)).slice(
      Number(flags.get('j') ?? flags.get('s') ?? 0),
      most === Number.POSITIVE_INFINITY ? undefined : most,
    );
    const type = flags.get('t') ?? (flags.has('c') ? 'c' : flags.has('x') ? 'x2' : 'o2');
    let lastText = '';
    for (let at = 0; at < all.length; at += 16) {
      const row = all.subarray(at, at + 16);
      const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0'));
      const ascii = [...row]
        .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'))
        .join('');
      let text: string;
      if (name === 'xxd')
        text = `${at.toString(16).padStart(8, '0')}: ${(hex.join('').match(/.{1,4}/g) ?? []).join(' ').padEnd(39)}  ${ascii}`;
      else if (name === 'hexdump' && flags.has('C'))
        text = `${at.toString(16).padStart(8, '0')}  ${`${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`.padEnd(48)}  |${ascii}|`;
      else if (name === 'hexdump')
        text = `${at.toString(16).padStart(7, '0')} ${pairs(row)
          .map((pair) => pair.toString(16).padStart(4, '0'))
          .join(' ')}`;
      else text = `${address(flags, at)}${cells(row, type)}`;
      if (text.slice(8) === lastText && !flags.has('v') && at > 0 && name !== 'xxd') continue;
      lastText = text.slice(8);
      await sys.out(`${text}\n`);
    }
    if (name === 'hexdump' && all.length > 0)
      await sys.out(`${all.length.toString(16).padStart(flags.has('C') ? 8 : 7, '0')}\n`);
    else if (name === 'od' && flags.get('A') !== 'n')
      await sys.out(`${address(flags, all.length).trimEnd()}\n`);
  });
}

function address(flags: ReadonlyMap<string, string>, at: number): string {
  const base = flags.get('A') ?? 'o';
  return base === 'n'
    ? ''
    : at.toString(base === 'x' ? 16 : base === 'd' ? 10 : 8).padStart(base === 'x' ? 6 : 7, '0');
}

function pairs(row: Uint8Array): number[] {
  return Array.from(
    { length: Math.ceil(row.length / 2) },
    (_, n) => (row[2 * n] ?? 0) + 256 * (row[2 * n + 1] ?? 0),
  );
}

function cells(row: Uint8Array, type: string): string {
  if (type === 'c') {
    const names: { readonly [byte: number]: string } = {
      0: '\\0',
      7: '\\a',
      8: '\\b',
      9: '\\t',
      10: '\\n',
      11: '\\v',
      12: '\\f',
      13: '\\r',
    };
    return [...row]
      .map((byte) =>
        (
          names[byte] ??
          (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))
        ).padStart(4),
      )
      .join('');
  }
  if (type === 'x1') return [...row].map((byte) => ` ${byte.toString(16).padStart(2, '0')}`).join('');
  if (type === 'u1' || type === 'd1') return [...row].map((byte) => ` ${String(byte).padStart(3)}`).join('');
  return pairs(row)
    .map((pair) =>
      type.startsWith('x')
        ? ` ${pair.toString(16).padStart(4, '0')}`
        : ` ${pair.toString(8).padStart(6, '0')}`,
    )
    .join('');
}
