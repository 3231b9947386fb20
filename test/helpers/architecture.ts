import path from 'node:path';
import { parseAst } from 'vitest/node';

/** A row of the layer table of `src/README.md`. */
export interface Layer {
  /** Path under `src`: `checks`, `cli.ts`. */
  readonly name: string;
  /** Paths under `src` it may import besides itself; `*` is everything. */
  readonly mayImport: readonly string[];
  readonly packages: readonly string[];
}

/** Source files by their path under `src`, with `/`. */
export type Sources = ReadonlyMap<string, string>;

/** Reads the table between the marks `capas`. Throws when it is not there or a row is not understood. */
export function readLayers(readme: string): readonly Layer[] {
  const table = /<!-- capas:inicio -->([\s\S]*?)<!-- capas:fin -->/.exec(readme)?.[1];
  if (table === undefined) throw new Error('src/README.md has no layer table');
  const rows = table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1));
  return rows.map(([name = '', , imports = '', packages = '', ...rest]) => {
    const layer = /`([^`]+)`/.exec(name)?.[1];
    if (layer === undefined || rest.length > 0) throw new Error(`Row not understood: ${name}`);
    return { name: layer, mayImport: words(imports), packages: words(packages) };
  });
}

/** `` `base`, `checks` ``, `execa, ink`, `todo` or `—`. */
function words(cell: string): readonly string[] {
  const clean = cell.replaceAll('`', '').trim();
  if (clean === '—' || clean === '') return [];
  return clean.split(',').map((word) => (word.trim() === 'todo' ? '*' : word.trim()));
}

/** Everything that breaks the table or the invariants below it; each one says the file, the line and why. */
export function architectureProblems(sources: Sources, layers: readonly Layer[]): readonly string[] {
  const files = [...sources].map(([file, text]) => ({ file, ...readModule(file, text) }));
  return [
    ...files.flatMap(({ file, imports }) => importProblems(file, imports, layers)),
    ...files.flatMap(({ file, uses }) => useProblems(file, uses)),
    ...cycles(new Map(files.map(({ file, imports }) => [file, localTargets(file, imports)]))),
  ];
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}
interface Use {
  readonly what: string;
  readonly line: number;
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && typeof (value as AstNode).type === 'string';
}

function readModule(
  file: string,
  text: string,
): { readonly imports: readonly Import[]; readonly uses: readonly Use[] } {
  const program = parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as AstNode;
  const lineOf = (node: AstNode) => text.slice(0, node.start).split('\n').length;
  const imports: Import[] = [];
  const uses: Use[] = [];
  const visit = (node: AstNode, parent: AstNode | undefined, role: string): void => {
    const source = node['source'];
    const argument = node.type === 'CallExpression' && (node['arguments'] as readonly unknown[])[0];
    const required =
      isNode(argument) && isNode(node['callee']) && node['callee']['name'] === 'require' && argument;
    for (const from of [source, required]) {
      if (!isNode(from)) continue;
      // A name made up at run time could be anything.
      const specifier = typeof from['value'] === 'string' ? from['value'] : '(calculado)';
      imports.push({ specifier, line: lineOf(node) });
    }
    const what = globalUse(node, parent, role);
    if (what !== undefined) uses.push({ what, line: lineOf(node) });
    for (const [key, child] of Object.entries(node)) {
      for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) visit(each, node, key);
    }
  };
  visit(program, undefined, '');
  for (const statement of program['body'] as readonly AstNode[]) {
    if (doesSomething(statement)) uses.push({ what: 'top-level effect', line: lineOf(statement) });
    if (statement.type === 'ExportDefaultDeclaration')
      uses.push({ what: 'export default', line: lineOf(statement) });
  }
  return { imports, uses };
}

const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const chance = new Set(['randomUUID', 'randomInt', 'randomBytes', 'getRandomValues']);
/** Members of globals that belong to one file, as they are written. */
const members = new Set(['Date.now', 'Math.random', 'process.exit', 'performance.now', 'process.hrtime']);

/** The forbidden global that this node uses, if it is one. */
function globalUse(node: AstNode, parent: AstNode | undefined, role: string): string | undefined {
  if (node.type === 'MemberExpression' && isNode(node['object']) && isNode(node['property'])) {
    const owner = String(node['object']['name']);
    const name = `${owner}.${String(node['property']['name'] ?? node['property']['value'])}`;
    if (members.has(name)) return name;
    if (owner === 'console') return 'console';
  }
  if (node.type === 'NewExpression' && isNode(node['callee']) && node['callee']['name'] === 'Date') {
    return (node['arguments'] as readonly unknown[]).length === 0 ? 'new Date()' : undefined;
  }
  if (node.type !== 'Identifier') return undefined;
  const name = String(node['name']);
  if (!timers.has(name) && !chance.has(name)) return undefined;
  // `clock.setTimeout` or a property called so is somebody else's; `crypto.randomUUID` is not.
  const isProperty = role === 'property' || role === 'key';
  if (isProperty && timers.has(name)) return undefined;
  return parent?.type.startsWith('TS') ? undefined : name;
}

/** A statement that runs code when the module is imported. Declarations, imports and exports do not. */
function doesSomething(statement: AstNode): boolean {
  const quiet = /^(Import|Export|TS|Class|Function|Variable)/.test(statement.type);
  return !quiet && statement.type !== 'EmptyStatement';
}

/** Which files may use what nobody else may. `dev` runs by itself and is not part of the program. */
const owners: readonly { readonly uses: RegExp; readonly files: RegExp; readonly instead: string }[] = [
  {
    uses: /^(Date\.now|new Date\(\)|set(Timeout|Interval|Immediate)|performance\.now|process\.hrtime)$/,
    files: /^base\/clock\.ts$/,
    instead: 'take a Clock',
  },
  {
    uses: /^(Math\.random|randomUUID|randomInt|randomBytes|getRandomValues)$/,
    files: /^base\/random\.ts$/,
    instead: 'take a Random',
  },
  { uses: /^process\.exit$/, files: /^cli\.ts$/, instead: 'return an exit code' },
  { uses: /^console$/, files: /^(cli\.ts$|commands\/)/, instead: 'return the text, or take an Output' },
  { uses: /^top-level effect$/, files: /^cli\.ts$/, instead: 'put it in a function' },
  { uses: /^export default$/, files: /^$/, instead: 'export a name' },
];

function useProblems(file: string, uses: readonly Use[]): readonly string[] {
  if (file.startsWith('dev/')) return [];
  return uses.flatMap(({ what, line }) => {
    const owner = owners.find((each) => each.uses.test(what));
    if (owner === undefined || owner.files.test(file)) return [];
    return [`src/${file}:${line}: \`${what}\` does not belong here: ${owner.instead}`];
  });
}

/** Built-in modules that reach out of the program; screens use none of them. */
const outside = /^node:(fs|child_process|net|http|https|dgram|worker_threads|cluster)(\/|$)/;

function importProblems(
  file: string,
  imports: readonly Import[],
  layers: readonly Layer[],
): readonly string[] {
  const layer = layerOf(file, layers);
  if (layer === undefined) return [`src/${file}: no row of the layer table matches it`];
  return imports.flatMap(({ specifier, line }) => {
    const place = `src/${file}:${line}: \`${layer.name}\` may not import`;
    if (specifier.startsWith('node:timers') && file !== 'base/clock.ts')
      return [`${place} ${specifier}: take a Clock`];
    if (specifier.startsWith('node:')) {
      return layer.name === 'tui' && outside.test(specifier) ? [`${place} ${specifier}`] : [];
    }
    if (!specifier.startsWith('.')) {
      const [scope = '', name = ''] = specifier.split('/');
      const packageName = scope.startsWith('@') ? `${scope}/${name}` : scope;
      const allowed = layer.mayImport.includes('*') || layer.packages.includes(packageName);
      return allowed ? [] : [`${place} the package ${packageName}`];
    }
    const target = resolveLocal(file, specifier);
    // The package's own manifest, for its version.
    if (target.startsWith('../') && target.endsWith('.json')) return [];
    const targetLayer = layerOf(target, layers);
    const allowed =
      layer.mayImport.includes('*') ||
      targetLayer === layer ||
      layer.mayImport.some((prefix) => target === prefix || target.startsWith(`${prefix}/`));
    return allowed ? [] : [`${place} ${target}`];
  });
}

/** The longest row that matches. */
function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  return layers
    .filter(({ name }) => file === name || file.startsWith(`${name}/`))
    .reduce<Layer | undefined>(
      (best, layer) => (best && best.name.length >= layer.name.length ? best : layer),
      undefined,
    );
}

function resolveLocal(file: string, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

function localTargets(file: string, imports: readonly Import[]): readonly string[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolveLocal(file, specifier));
}

/** Each cycle once, from its first file in order of name; type imports count, since readers follow them too. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      found.push(`import cycle: ${[...trail.slice(start), file].map((each) => `src/${each}`).join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of [...graph.keys()].sort()) walk(file, []);
  return found;
}
