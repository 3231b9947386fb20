import { Content } from '../fs/content.ts';
import { type DirInode, type Inode, newDir, newFile, newLink } from '../fs/inode.ts';
import { baseName, folderOf } from '../fs/paths.ts';
import type { BaseRecord, FileRecord, ImageRecord } from './record.ts';

/** When images were built, for `ls -l`. */
const builtAtMs = Date.UTC(2025, 8, 26, 21, 31, 42);
const shared = { shared: true, mtimeMs: builtAtMs };

/** The file system of an image. Never changed: containers copy what they touch. */
export function buildTree(bases: readonly BaseRecord[], record: ImageRecord): DirInode {
  const root = newDir(shared);
  for (const base of bases) {
    const style = base.enlaces ?? 'propios';
    for (const [folder, names] of Object.entries(base.programas ?? {})) {
      for (const name of names.split(' ')) addTool(root, folder, name, style);
    }
    addFiles(root, base.archivos ?? {});
  }
  for (const [path, program] of Object.entries(record.programas ?? {})) {
    put(root, path, binary(program, 1_200_000 + program.length * 4096));
  }
  addFiles(root, record.archivos ?? {});
  for (const folder of ['proc', 'sys', 'dev', 'etc', 'tmp']) folderAt(root, `/${folder}`);
  const tmp = folderAt(root, '/tmp');
  tmp.mode = 0o1777;
  if (record.carpeta !== undefined) folderAt(root, record.carpeta);
  return root;
}

function addTool(
  root: DirInode,
  folder: string,
  name: string,
  style: NonNullable<BaseRecord['enlaces']>,
): void {
  const path = `${folder}/${name}`;
  if (style === 'propios') {
    put(root, path, binary(name, 40_000 + name.length * 1000));
    return;
  }
  if (name === 'busybox') {
    put(root, path, binary('busybox', 1_165_568));
    return;
  }
  if (style === 'simbolicos') put(root, path, newLink('/bin/busybox', shared));
  else {
    const all = folderAt(root, '/bin').entries.get('busybox');
    put(root, path, all ?? binary('busybox', 1_165_568));
    if (all?.kind === 'file') all.nlink++;
  }
}

function addFiles(root: DirInode, files: { readonly [path: string]: string | FileRecord }): void {
  for (const [path, given] of Object.entries(files)) {
    const file: FileRecord = typeof given === 'string' ? { texto: given } : given;
    const owner = {
      ...shared,
      ...(file.modo === undefined ? {} : { mode: Number.parseInt(file.modo, 8) }),
      uid: file.usuario ?? 0,
      gid: file.grupo ?? 0,
    };
    if (file.carpeta === true) Object.assign(folderAt(root, path), owner);
    else
      put(
        root,
        path,
        file.enlace === undefined ? newFile(file.texto ?? '', owner) : newLink(file.enlace, owner),
      );
  }
}

/** An executable: its first bytes are those of a Linux program, the rest is zeros. */
function binary(program: string, size: number): Inode {
  const content = Content.of(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]));
  content.truncate(size);
  return newFile(content, { ...shared, mode: 0o755, program });
}

function put(root: DirInode, path: string, node: Inode): void {
  folderAt(root, folderOf(path)).entries.set(baseName(path), node);
}

function folderAt(root: DirInode, path: string): DirInode {
  let at = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    let next = at.entries.get(name);
    if (next?.kind === 'link')
      return folderAt(root, typeof next.target === 'string' ? `/${next.target}` : '/');
    if (next?.kind !== 'dir') {
      next = newDir(shared);
      at.entries.set(name, next);
    }
    at = next;
  }
  return at;
}
