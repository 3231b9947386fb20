// Writes dist/kube-docs.json.gz: what every field of the Kubernetes API is for, for `kubectl explain`. The texts are read
// from the comments of two development dependencies: kubernetes-models has all of them, with enumerations;
// @kubernetes/client-node is of the very version that the course serves, but leaves out fields that are structs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = path.resolve(import.meta.dirname, '../..');
const modules = path.join(root, 'node_modules');

/** A file of each package whose words are in the result: their licences go with it. */
export const kubeDocsSources = [
  'node_modules/kubernetes-models/package.json',
  'node_modules/@kubernetes-models/apimachinery/package.json',
  'node_modules/@kubernetes/client-node/package.json',
];

/** Go packages whose folder in kubernetes-models has another name. */
const folders = {
  'core/v1': 'kubernetes-models/v1',
  'meta/v1': '@kubernetes-models/apimachinery/apis/meta/v1',
};
const groups = {
  admissionregistration: 'admissionregistration.k8s.io',
  apiextensions: 'apiextensions.k8s.io',
  apiregistration: 'apiregistration.k8s.io',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  certificates: 'certificates.k8s.io',
  coordination: 'coordination.k8s.io',
  discovery: 'discovery.k8s.io',
  events: 'events.k8s.io',
  flowcontrol: 'flowcontrol.apiserver.k8s.io',
  networking: 'networking.k8s.io',
  node: 'node.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  scheduling: 'scheduling.k8s.io',
  storage: 'storage.k8s.io',
};

function modelFile(folder, name) {
  const [group, version] = folder.split('/');
  const place = folders[folder] ?? `kubernetes-models/${groups[group] ?? group}/${version}`;
  return path.join(modules, place, `${name}.d.ts`);
}

function clientFile(folder, name) {
  const [group, version] = folder.split('/');
  const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const models = path.join(modules, '@kubernetes/client-node/dist/gen/models');
  return [`${upper(version)}${name}`, `${upper(group)}${upper(version)}${name}`]
    .map((file) => path.join(models, `${file}.d.ts`))
    .find((file) => existsSync(file));
}

const comment = /\/\*\*\n((?:\s*\*[^\n]*\n)*?)\s*\*\//;

function unwrapped(block) {
  return block
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

/** Type comment, field comments and enumerations of the first interface or class of a declaration file. */
function declared(text, opening) {
  const start = opening.exec(text);
  if (start === null) return { description: '', fields: {}, enums: {} };
  const before = text.slice(0, start.index);
  const last = before.lastIndexOf('/**');
  const found = last < 0 ? null : comment.exec(before.slice(last));
  const description = found === null || before.slice(last).includes('*/\n\n') ? '' : unwrapped(found[1]);
  const body = text.slice(start.index, text.indexOf('\n}', start.index));
  const fields = {};
  const enums = {};
  const field = /(?:\/\*\*\n((?: {4,}\*[^\n]*\n)*?) {4,}\*\/\n)? {4}['"]([^'"]+)['"]\??: ([^\n]*)/g;
  for (const [, doc, name, type] of body.matchAll(field)) {
    if (doc !== undefined) fields[name] = unwrapped(doc);
    const union = /^(?:Array<)?((?:"[^"]*" \| )+"[^"]*")>?;$/.exec(type);
    if (union !== null) enums[name] = [...union[1].matchAll(/"([^"]*)"/g)].map((one) => one[1]);
  }
  return { description, fields, enums };
}

const flat = (text) => text.replace(/\s+/g, ' ').trim();
const enumPart = '\n\nPossible enum values:';

/** The client's words where the models' are of another version; its white space is lost, so only then. */
function preferred(model, client) {
  if (client === undefined) return model;
  const clean = client.replaceAll("\\'", "'").replaceAll('\\"', '"');
  if (model === undefined) return clean;
  const at = model.indexOf(enumPart);
  const words = at < 0 ? model : model.slice(0, at);
  return flat(words) === flat(clean) ? model : `${clean}${at < 0 ? '' : model.slice(at)}`;
}

/** By Go type, `core/v1.PodSpec`. */
export function readKubeDocs() {
  const facts = readFileSync(path.join(root, 'assets/kubernetes/fields.tsv'), 'utf8');
  const types = new Set(
    facts
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t').slice(0, 2).join('.')),
  );
  const docs = {};
  for (const goType of types) {
    const [folder, name] = goType.split('.');
    const model = modelFile(folder, name);
    const client = clientFile(folder, name);
    const ours = existsSync(model)
      ? declared(readFileSync(model, 'utf8'), /export (?:declare )?interface I\w+/)
      : { description: '', fields: {}, enums: {} };
    const theirs =
      client === undefined
        ? { description: '', fields: {} }
        : declared(readFileSync(client, 'utf8'), /export declare class \w+/);
    const fields = {};
    for (const field of new Set([...Object.keys(ours.fields), ...Object.keys(theirs.fields)]))
      fields[field] = preferred(ours.fields[field], theirs.fields[field]);
    const description = preferred(ours.description || undefined, theirs.description || undefined);
    if (description === undefined && Object.keys(fields).length === 0) continue;
    docs[goType] = {
      ...(description === undefined ? {} : { description }),
      fields,
      ...(Object.keys(ours.enums).length === 0 ? {} : { enums: ours.enums }),
    };
  }
  return docs;
}

/** Returns the file. */
export function writeKubeDocs(file = path.join(root, 'dist/kube-docs.json.gz')) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(JSON.stringify(readKubeDocs()), { level: 9 }));
  return file;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(writeKubeDocs());
