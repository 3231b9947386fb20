import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder, root } from './project.mjs';

/** A module of the sources, bundled and imported: node 20 alone does not read TypeScript. `options` are more of esbuild's. */
export async function importBundled(entry, options = {}) {
  const { build } = await import('esbuild');
  mkdirSync(cacheFolder, { recursive: true });
  const name = path.basename(entry, '.ts');
  const outfile = path.join(cacheFolder, `${name}-${process.pid}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    ...options,
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}
