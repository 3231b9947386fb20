// `npm run build`: dist/cli.js (a tiny entry with lazy chunks, no dependencies), dist/curso (compiled lessons) and
// dist/kube-docs.json.gz (what the fields of the Kubernetes API are for). It also brings up to date what is committed but
// comes from the code: assets/esquemas and a table of lessons/README.md.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { kubeDocsSources, writeKubeDocs } from './kube-docs.mjs';
import { standardLicence } from './licences.mjs';
import {
  cacheFolder,
  ensureInstalled,
  fingerprint,
  oldNode,
  requireNode,
  root,
  writeStamp,
} from './project.mjs';

import { slim } from './slim.mjs';

requireNode();
await ensureInstalled();
const { build } = await import('esbuild');
const compiler = await loadCompiler();
// Before looking at the sources: what is generated is one of them.
for (const file of await compiler.writeGenerated(root)) console.error(`Puesto al día: ${file}`);
const before = fingerprint();
const dist = path.join(root, 'dist');
mkdirSync(dist, { recursive: true });

/** Parts of our packages that the course never uses; they are large, native, or both. */
const unused =
  /^(ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|react-devtools-core|node-emoji|cli-table3)(\/.*)?$/;
const stub = {
  name: 'stub',
  setup(builder) {
    builder.onResolve({ filter: unused }, ({ path: name }) => ({ path: name, namespace: 'stub' }));
    builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const bundle = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  // The pty is optional and native: found at run time or done without.
  external: ['@lydell/node-pty'],
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // CommonJS packages ask for Node's own modules with `require`.
  banner: { js: "import{createRequire as $req}from'node:module';const require=$req(import.meta.url);" },
  plugins: [stub, slim],
  metafile: true,
  write: false,
  logLevel: 'warning',
  // A mistake in the code is shown by esbuild itself, with its line.
}).catch(() => process.exit(1));

const written = new Set(['LICENCIAS.txt']);
// The entry last: until then the old one finds its own chunks.
const outputs = bundle.outputFiles.sort((left, right) => Number(isEntry(left)) - Number(isEntry(right)));
for (const { path: file, contents } of outputs) {
  replace(file, isEntry({ path: file }) ? withNodeGuard(contents) : contents);
  written.add(path.relative(dist, file));
}
chmodSync(path.join(dist, 'cli.js'), 0o755);
replace(
  path.join(dist, 'LICENCIAS.txt'),
  licences([...Object.keys(bundle.metafile.inputs), ...kubeDocsSources]),
);
written.add(path.relative(dist, writeKubeDocs()));
removeOld(dist, written);

const problems = await compiler.compileLessons(root);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(
    `\nEl curso tiene ${problems.length} ${problems.length === 1 ? 'problema' : 'problemas'}; lo demás está construido.`,
  );
}
writeStamp(before);

/** The compiler is TypeScript of ours: it is bundled aside, loaded once and thrown away. */
async function loadCompiler() {
  mkdirSync(cacheFolder, { recursive: true });
  const file = path.join(cacheFolder, `compilar-${process.pid}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: ['src/dev/compile.ts'],
    outfile: file,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  }).catch(() => process.exit(1));
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file, { force: true });
  }
}

/** The bundled packages with their licences, as these ask. */
function licences(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(match[1]);
  }
  const texts = [...folders].sort().map((folder) => {
    const absolute = path.join(root, folder);
    const manifest = JSON.parse(readFileSync(path.join(absolute, 'package.json'), 'utf8'));
    const { name, version, license } = manifest;
    const file = readdirSync(absolute).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file ? readFileSync(path.join(absolute, file), 'utf8').trim() : standardLicence(manifest);
    return `${name} ${version} — ${license ?? 'ver texto'}\n\n${text}\n`;
  });
  return `curso-k8s incluye estos paquetes, con sus licencias.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

function replace(file, contents) {
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, contents);
  renameSync(fresh, file);
}

function removeOld(folder, keep) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const relative = path.relative(dist, file);
    if (!entry.isFile() || relative.startsWith('curso') || keep.has(relative)) continue;
    if (existsSync(file)) rmSync(file);
  }
}

/** `npx` does not look at `engines`: whoever has an old Node gets a sentence, not a stack trace. */
function withNodeGuard(contents) {
  const [shebang, ...rest] = Buffer.from(contents).toString('utf8').split('\n');
  const sentence = JSON.stringify(oldNode).replace('%s', '"+process.version+"');
  const guard = `if(parseInt(process.versions.node)<20){console.error(${sentence});process.exit(2)}`;
  return [shebang, guard, ...rest].join('\n');
}

function isEntry({ path: file }) {
  return path.basename(file) === 'cli.js';
}
