// What the bundle leaves out of packages it does use, to open sooner. Each change fails the build when it stops applying.
import { readFileSync } from 'node:fs';

/** Languages of our code blocks; highlight.js brings 190, which cost 50 ms. */
const languages = [
  'bash',
  'shell',
  'yaml',
  'dockerfile',
  'json',
  'ini',
  'c',
  'cpp',
  'go',
  'python',
  'sql',
  'xml',
  'nginx',
  'plaintext',
  'diff',
  'http',
];

const fewLanguages = `
const hljs = require('highlight.js/lib/core');
${languages.map((name) => `hljs.registerLanguage('${name}', require('highlight.js/lib/languages/${name}'));`).join('\n')}
module.exports = hljs;`;

export const slim = {
  name: 'slim',
  setup(builder) {
    builder.onResolve({ filter: /^highlight\.js$/ }, ({ resolveDir }) => ({
      path: 'highlight',
      namespace: 'few-languages',
      pluginData: resolveDir,
    }));
    builder.onLoad({ filter: /.*/, namespace: 'few-languages' }, ({ pluginData }) => ({
      contents: fewLanguages,
      resolveDir: pluginData,
    }));
    // Yoga would fetch() its own data: URL, and that loads Node's whole HTTP client (20 ms) to decode base64.
    builder.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path: file }) => {
      const source = readFileSync(file, 'utf8');
      const contents = source.replaceAll('"function"!=typeof fetch', 'true');
      if (contents === source)
        throw new Error(`${file} ya no usa fetch como se esperaba: revisa src/dev/slim.mjs`);
      return { contents, loader: 'js' };
    });
  },
};
