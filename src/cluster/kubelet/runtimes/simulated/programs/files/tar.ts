import { gunzipSync, gzipSync } from 'node:zlib';
import { Errno } from '../../fs/errno.ts';
import { folderOf, join } from '../../fs/paths.ts';
import { concat, toBytes, toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, groupNameOf, userNameOf } from '../kit.ts';
import { makeAll } from './change.ts';
import { header, listing, padded, Source } from './tar-format.ts';
import { type Options, read } from './tar-options.ts';

/** `tar c|x|t[vzOf] [FILE] [-C DIR] [FILE]…`, in the ustar and GNU formats that kubectl cp speaks. */
export async function tar(sys: Syscalls): Promise<number> {
  const options = read(sys.args.slice(1));
  if (options.mode === '') return fail(sys, 'must specify one of -c, -x, -t');
  if (options.folder !== undefined) {
    try {
      sys.files.chdir(options.folder);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `can't change directory to '${options.folder}': ${error.message}`);
    }
  }
  try {
    if (options.mode === 'c') return await create(sys, options);
    return await extract(sys, options);
  } catch (error) {
    if (!(error instanceof Errno) || sys.ended) throw error;
    return fail(
      sys,
      options.mode === 'c' ? `can't open '${options.file}': ${error.message}` : `${error.message}`,
    );
  }
}

async function create(sys: Syscalls, options: Options): Promise<number> {
  const out =
    options.file === '-' ? 1 : sys.open(options.file, { write: true, create: true, truncate: true });
  const parts: Uint8Array[] = [];
  const put = async (bytes: Uint8Array) => {
    if (options.zipped) parts.push(bytes);
    else await sys.write(out, bytes);
  };
  let code = 0;
  let warned = false;
  const add = async (path: string): Promise<void> => {
    let stat: ReturnType<typeof sys.files.stat>;
    try {
      stat = sys.files.stat(path, false);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: ${error.message}`);
      return;
    }
    if (path.startsWith('/') && !warned) {
      warned = true;
      await sys.err("tar: removing leading '/' from member names\n");
    }
    const name = path.replace(/^\/+/, '') || './';
    if (options.verbose)
      await sys[options.file === '-' ? 'err' : 'out'](`${name}${stat.kind === 'dir' ? '/' : ''}\n`);
    const link = stat.kind === 'link' ? sys.files.readlink(path) : '';
    let content: Uint8Array = new Uint8Array(0);
    if (stat.kind === 'file') {
      try {
        content = sys.files.readBytes(path);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        code = await fail(sys, `can't open '${path}': ${error.message}`);
        return;
      }
    }
    const type = { file: '0', dir: '5', link: '2', fifo: '6', device: '3' }[stat.kind];
    const shown = stat.kind === 'dir' && !name.endsWith('/') ? `${name}/` : name;
    for (const [long, kind] of [
      [shown, 'L'],
      [link, 'K'],
    ] as const) {
      if (toBytes(long).byteLength <= 100) continue;
      const bytes = toBytes(`${long}\0`);
      await put(
        header('././@LongLink', {
          size: bytes.byteLength,
          type: kind,
          mode: 0,
          uid: 0,
          gid: 0,
          mtimeMs: 0,
          link: '',
          user: '',
          group: '',
        }),
      );
      await put(padded(bytes));
    }
    await put(
      header(shown, {
        size: content.byteLength,
        type,
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
        mtimeMs: stat.mtimeMs,
        link,
        user: userNameOf(sys, stat.uid) ?? '',
        group: groupNameOf(sys, stat.gid) ?? '',
      }),
    );
    for (let at = 0; at < content.byteLength; at += 65_536) await put(content.subarray(at, at + 65_536));
    if (content.byteLength % 512 !== 0) await put(new Uint8Array(512 - (content.byteLength % 512)));
    if (stat.kind === 'dir') for (const child of sys.files.readdir(path)) await add(join(path, child));
  };
  for (const path of options.paths) await add(path);
  await put(new Uint8Array(1024));
  if (options.zipped) await sys.write(out, Uint8Array.from(gzipSync(concat(parts))));
  if (out !== 1) sys.close(out);
  if (code !== 0) await fail(sys, 'error exit delayed from previous errors');
  return code;
}

async function extract(sys: Syscalls, options: Options): Promise<number> {
  const fd = options.file === '-' ? 0 : sys.open(options.file, { read: true });
  let source = new Source(sys, fd);
  if (options.zipped || /\.t?gz$/.test(options.file)) {
    const parts: Uint8Array[] = [];
    await source.take(Number.MAX_SAFE_INTEGER, (bytes) => {
      parts.push(bytes.slice());
    });
    try {
      source = new Source(sys, -1, Uint8Array.from(gunzipSync(concat(parts), { maxOutputLength: 1 << 28 })));
    } catch {
      return fail(sys, 'invalid tar magic');
    }
  }
  let [longName, longLink]: [string | undefined, string | undefined] = [undefined, undefined];
  let empty = true;
  let code = 0;
  for (;;) {
    const head = await source.block(512);
    if (head.byteLength === 0) return empty ? fail(sys, 'short read') : code;
    if (head.byteLength < 512) return fail(sys, 'short read');
    empty = false;
    if (head.every((byte) => byte === 0)) {
      // The end; what follows is only padding.
      await source.take(Number.MAX_SAFE_INTEGER, () => undefined);
      return code;
    }
    const text = (at: number, length: number) => toText(head.subarray(at, at + length)).replace(/\0.*/s, '');
    const octal = (at: number, length: number) => Number.parseInt(text(at, length).trim() || '0', 8);
    const size = octal(124, 12);
    const type = text(156, 1) || '0';
    if (text(257, 5) !== 'ustar' && !'05'.includes(type)) return fail(sys, 'invalid tar magic');
    const rest = (512 - (size % 512)) % 512;
    if (type === 'L' || type === 'K' || type === 'x' || type === 'g') {
      const value = toText(await source.block(size));
      await source.block(rest);
      if (type === 'L') longName = value.replace(/\0.*/s, '');
      else if (type === 'K') longLink = value.replace(/\0.*/s, '');
      else longName = /\d+ path=([^\n]*)\n/.exec(value)?.[1] ?? longName;
      continue;
    }
    const prefix = text(345, 155);
    const full =
      longName ?? (prefix === '' || text(257, 6) !== 'ustar' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    const link = longLink ?? text(157, 100);
    [longName, longLink] = [undefined, undefined];
    const name = full.replace(/^\/+/, '').split('/').slice(options.strip).join('/');
    const wanted =
      name !== '' &&
      !name.split('/').includes('..') &&
      (options.paths.length === 0 ||
        options.paths.some((path) => full === path || full.startsWith(`${path.replace(/\/$/, '')}/`)));
    if (options.mode === 't' || !wanted) {
      await source.take(size + rest, () => undefined);
      if (options.mode === 't' && wanted)
        await sys.out(options.verbose ? `${listing(type, octal(100, 8), size, name)}\n` : `${name}\n`);
      continue;
    }
    if (options.verbose) await sys.out(`${name}\n`);
    const mtimeMs = octal(136, 12) * 1000;
    const owner =
      sys.cred.uid === 0 && !options.noOwner ? { uid: octal(108, 8), gid: octal(116, 8) } : undefined;
    const problem = await place(sys, source, {
      name: name.replace(/\/$/, ''),
      type,
      link,
      size,
      mode: octal(100, 8) & 0o7777,
      mtimeMs,
      owner,
    });
    if (problem !== undefined) code = await fail(sys, problem);
    await source.block(rest);
  }
}

async function place(
  sys: Syscalls,
  source: Source,
  one: {
    readonly name: string;
    readonly type: string;
    readonly link: string;
    readonly size: number;
    readonly mode: number;
    readonly mtimeMs: number;
    readonly owner: { uid: number; gid: number } | undefined;
  },
): Promise<string | undefined> {
  const { files } = sys;
  let taken = 0;
  try {
    const folder = folderOf(one.name);
    if (!files.isDir(folder)) makeAll(sys, folder);
    if (one.type === '5') {
      if (!files.isDir(one.name)) files.mkdir(one.name, one.mode);
    } else if (one.type === '2' || one.type === '1') {
      if (files.exists(one.name)) files.unlink(one.name);
      if (one.type === '2') files.symlink(one.link, one.name);
      else files.link(one.link, one.name);
      return undefined;
    } else {
      const fd = sys.open(one.name, { write: true, create: true, truncate: true, mode: one.mode });
      await source.take(one.size, async (bytes) => {
        taken += bytes.byteLength;
        await sys.write(fd, bytes);
      });
      sys.close(fd);
    }
    if (one.owner !== undefined) files.chown(one.name, one.owner.uid, one.owner.gid);
    files.chmod(one.name, one.mode);
    files.utimes(one.name, one.mtimeMs);
    return undefined;
  } catch (error) {
    if (!(error instanceof Errno) || sys.ended) throw error;
    await source.take(one.size - taken, () => undefined);
    return error.code === 'EPERM' ? undefined : `can't open '${one.name}': ${error.message}`;
  }
}
