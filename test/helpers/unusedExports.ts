import path from 'node:path';
import { parseAst } from 'vitest/node';

/** Files by their path in the repository, with `/`. Only those under `src/` are judged; all of them count as readers. */
export type Files = ReadonlyMap<string, string>;

interface AstNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Module {
  /** Names, and whether each is only a type. */
  readonly exports: ReadonlyMap<string, 'value' | 'type'>;
  /** `file#name`, or `file#*` for whoever takes everything. */
  readonly uses: ReadonlySet<string>;
  /** Files that it imports when it needs them: a name of theirs is used where it is mentioned. */
  readonly lazily: ReadonlySet<string>;
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && typeof (value as AstNode).type === 'string';
}

function childrenOf(node: AstNode): readonly AstNode[] {
  return Object.values(node).flatMap((child) => (Array.isArray(child) ? child : [child]).filter(isNode));
}

/**
 * Exports that nobody else needs, each as `file: name`. A value has to be imported by another file; one that only tests
 * import has to be used in its own as well. A type may be exported because it is part of what is: it has to be mentioned.
 */
export function unusedExports(files: Files): readonly string[] {
  const modules = new Map([...files].map(([file, text]) => [file, readModule(file, text)]));
  // Scripts that bundle a file before they run it name what they take of it as text.
  const scripts = [...files].filter(([file]) => file.endsWith('.mjs')).map(([, text]) => text);
  const asking = turned([...modules].map(([file, { uses }]) => [file, uses]));
  const asleep = turned([...modules].map(([file, { lazily }]) => [file, lazily]));
  const isMentioned = (name: string) => (text: string | undefined) => mentions(text ?? '', name) > 0;
  const problems: string[] = [];
  for (const [file, { exports }] of modules) {
    if (!file.startsWith('src/')) continue;
    for (const [name, kind] of exports) {
      const by = [...(asking.get(`${file}#${name}`) ?? []), ...(asking.get(`${file}#*`) ?? [])];
      const late = (asleep.get(file) ?? []).filter((reader) => isMentioned(name)(files.get(reader)));
      if ([...by, ...late].some((reader) => reader.startsWith('src/'))) continue;
      const atHome = mentions(files.get(file) ?? '', name) > 1;
      if (atHome && (kind === 'type' || by.length + late.length > 0)) continue;
      if (file.startsWith('src/dev/') && (by.length > 0 || scripts.some(isMentioned(name)))) continue;
      problems.push(`${file}: ${name}`);
    }
  }
  return problems;
}

/** Who asks for each thing, of what each one asks for. */
function turned(
  asked: readonly (readonly [string, Iterable<string>])[],
): ReadonlyMap<string, readonly string[]> {
  const by = new Map<string, string[]>();
  for (const [who, things] of asked)
    for (const thing of things) by.set(thing, [...(by.get(thing) ?? []), who]);
  return by;
}

function mentions(text: string, name: string): number {
  return text.match(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'))?.length ?? 0;
}

function readModule(file: string, text: string): Module {
  const program = parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as AstNode;
  const exports = new Map<string, 'value' | 'type'>();
  const uses = new Set<string>();
  const lazily = new Set<string>();
  const target = (source: unknown): string | undefined => {
    const written = isNode(source) ? source['value'] : undefined;
    return typeof written === 'string' && written.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), written)
      : undefined;
  };
  const visit = (node: AstNode): void => {
    const from = target(node['source']);
    if (node.type === 'ImportExpression' && from !== undefined) lazily.add(from);
    if (node.type === 'TSImportType' && from !== undefined)
      uses.add(`${from}#${nameOf(node['qualifier']) ?? '*'}`);
    if (node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration')
      for (const specifier of listOf(node['specifiers']))
        if (from !== undefined) uses.add(`${from}#${takenBy(specifier)}`);
    if (node.type === 'ExportAllDeclaration' && from !== undefined) uses.add(`${from}#*`);
    if (node.type === 'ExportNamedDeclaration')
      for (const [name, kind] of exported(node)) exports.set(name, kind);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  return { exports, uses, lazily };
}

function exported(node: AstNode): readonly (readonly [string, 'value' | 'type'])[] {
  const kind = node['exportKind'] === 'type' ? 'type' : 'value';
  const names = listOf(node['specifiers']).map((one) => nameOf(one['exported']));
  const declaration = node['declaration'];
  if (isNode(declaration)) {
    names.push(nameOf(declaration['id']));
    for (const one of listOf(declaration['declarations'])) names.push(...namesIn(one['id']));
  }
  return names.flatMap((name) => (name === undefined ? [] : [[name, kind] as const]));
}

function listOf(value: unknown): readonly AstNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** What an import or a re-export takes of the other file; `*` for everything. */
function takenBy(specifier: AstNode): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  return nameOf(specifier[specifier.type === 'ImportSpecifier' ? 'imported' : 'local']) ?? '*';
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const name = node['name'] ?? node['value'];
  return typeof name === 'string' ? name : undefined;
}

/** Also of `const { a, b } = …`. */
function namesIn(pattern: unknown): readonly string[] {
  if (!isNode(pattern)) return [];
  return pattern.type === 'Identifier' ? [String(pattern['name'])] : childrenOf(pattern).flatMap(namesIn);
}
