import type { Files } from '../fs/files.ts';
import { join } from '../fs/paths.ts';
import { Pattern, type Piece } from './pattern.ts';

/** The paths a pattern names, sorted; the text itself when there are none. */
export function glob(files: Files, pieces: readonly Piece[]): string[] {
  const text = pieces.map((piece) => piece.text).join('');
  const absolute = text.startsWith('/');
  let paths = [''];
  for (const [index, segment] of segments(pieces).entries()) {
    const pattern = new Pattern(segment);
    const { literal } = pattern;
    const next: string[] = [];
    for (const path of paths) {
      const folder = index === 0 ? (absolute ? '/' : '') : path;
      if (literal !== undefined) {
        const candidate = folder === '' ? literal : join(folder, literal);
        if (exists(files, candidate)) next.push(candidate);
      } else {
        for (const name of names(files, folder === '' ? '.' : folder)) {
          if (pattern.matchesName(name)) next.push(folder === '' ? name : join(folder, name));
        }
      }
    }
    paths = next.slice(0, 100_000);
    if (paths.length === 0) break;
  }
  const found = paths.filter((path) => path !== '');
  if (found.length === 0) return [text];
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function exists(files: Files, path: string): boolean {
  try {
    files.stat(path, false);
    return true;
  } catch {
    return false;
  }
}

function names(files: Files, folder: string): readonly string[] {
  try {
    return [...(files.isDir(folder) ? ['.', '..'] : []), ...files.readdir(folder)];
  } catch {
    return [];
  }
}

/** The pattern cut at its slashes; a slash at the end asks for folders and is kept as an empty name. */
function segments(pieces: readonly Piece[]): Piece[][] {
  const all: Piece[][] = [[]];
  for (const { text, quoted } of pieces) {
    for (const [index, part] of text.split('/').entries()) {
      if (index > 0) all.push([]);
      if (part !== '') all.at(-1)?.push({ text: part, quoted });
    }
  }
  const last = all.length - 1;
  return all.filter((segment, index) => segment.length > 0 || (index === last && index > 0));
}
