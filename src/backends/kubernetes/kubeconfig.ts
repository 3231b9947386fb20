import os from 'node:os';
import path from 'node:path';
import { readText } from '../../base/files.ts';
import { yamlToParsed } from '../../kube/schema/yaml.ts';

/** Where a cluster is and who we are there, out of the learner's kubeconfig. Nothing of it is ever written. */
export interface ClusterAccess {
  readonly context: string;
  /** As the kubeconfig calls them. */
  readonly clusterName: string;
  readonly userName: string;
  /** The first of its files that is there. */
  readonly file: string;
  /** `https://…`, without a final slash. */
  readonly server: string;
  readonly namespace: string;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
  readonly credential: Credential;
}

export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string }
  | { readonly kind: 'token'; readonly token: string }
  /** Read again for each connection: it is renewed in place. */
  | { readonly kind: 'tokenFile'; readonly file: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** client.authentication.k8s.io: a program that prints an ExecCredential. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
}

/** What is wrong with the kubeconfig, and what to do. Both are Spanish. */
export class KubeconfigProblem extends Error {
  readonly next: string;
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

const maxBytes = 1024 * 1024;

type Dict = { readonly [key: string]: unknown };
interface Named {
  readonly name: string;
  readonly value: Dict;
  /** Relative paths count from here. */
  readonly folder: string;
}

/**
 * The context that is asked for, or the current one, of the files in KUBECONFIG or ~/.kube/config; of several files the first
 * to say something wins, as client-go has it. Rejects with `KubeconfigProblem`.
 */
export async function readKubeconfig(options: {
  readonly env: { readonly [name: string]: string | undefined };
  readonly context?: string;
}): Promise<ClusterAccess> {
  const files = kubeconfigFiles(options.env);
  const configs = (await Promise.all(files.map(readConfig))).filter((one) => one !== undefined);
  if (configs.length === 0) {
    throw new KubeconfigProblem(
      `No hay ningún kubeconfig: ${files.join(', ')} no existe.`,
      'Di dónde está con KUBECONFIG, o crea el clúster con la herramienta que uses (kind, k3s, tu proveedor).',
    );
  }
  const all = (key: string, inner: string) =>
    configs.flatMap(({ config, folder }) => namedList(config[key], inner, folder));
  const contexts = all('contexts', 'context');
  const current = configs
    .map(({ config }) => textOf(config['current-context']))
    .find((name) => name !== undefined);
  const wanted = options.context ?? current;
  if (wanted === undefined) {
    throw new KubeconfigProblem(
      'El kubeconfig no dice cuál es el contexto actual.',
      `Elige uno con \`kubectl config use-context\`. Hay: ${namesOf(contexts)}.`,
    );
  }
  const context = contexts.find(({ name }) => name === wanted);
  if (context === undefined) {
    throw new KubeconfigProblem(
      `El kubeconfig no tiene ningún contexto llamado «${wanted}».`,
      `Hay: ${namesOf(contexts)}. Míralos con \`kubectl config get-contexts\`.`,
    );
  }
  const clusterName = textOf(context.value['cluster']) ?? '';
  const cluster = all('clusters', 'cluster').find(({ name }) => name === clusterName);
  const server = textOf(cluster?.value['server']);
  if (cluster === undefined || server === undefined || !/^https?:\/\//.test(server)) {
    throw new KubeconfigProblem(
      `El contexto «${wanted}» usa el clúster «${clusterName}», y el kubeconfig no dice dónde está.`,
      'Revisa `clusters` en el kubeconfig.',
    );
  }
  if (cluster.value['proxy-url'] !== undefined) {
    throw new KubeconfigProblem(
      `El clúster «${clusterName}» se alcanza por un proxy (\`proxy-url\`), y eso no se admite.`,
      'Usa un contexto que llegue directamente.',
    );
  }
  const userName = textOf(context.value['user']) ?? '';
  const user = all('users', 'user').find(({ name }) => name === userName);
  return {
    context: wanted,
    clusterName,
    userName,
    file: configs[0]?.file ?? '',
    server: server.replace(/\/+$/, ''),
    namespace: textOf(context.value['namespace']) ?? 'default',
    ca: await dataOrFile(cluster, 'certificate-authority'),
    serverName: textOf(cluster.value['tls-server-name']),
    skipVerify: cluster.value['insecure-skip-tls-verify'] === true,
    credential: user === undefined ? { kind: 'none' } : await credentialOf(user),
  };
}

function kubeconfigFiles(env: { readonly [name: string]: string | undefined }): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) return listed;
  return [path.join(env['HOME'] ?? env['USERPROFILE'] ?? os.homedir(), '.kube', 'config')];
}

async function readConfig(
  file: string,
): Promise<{ readonly config: Dict; readonly file: string; readonly folder: string } | undefined> {
  const found = await readText(file, maxBytes);
  if (found.state === 'missing') return undefined;
  if (found.state !== 'read')
    throw new KubeconfigProblem(`No se puede leer ${file}: ${found.why}.`, 'Revisa sus permisos.');
  try {
    const { value } = yamlToParsed(found.value);
    return { config: isDict(value) ? value : {}, file, folder: path.dirname(path.resolve(file)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KubeconfigProblem(
      `${file} no es YAML correcto: ${why}.`,
      'Corrígelo, o usa otro con KUBECONFIG.',
    );
  }
}

async function credentialOf(user: Named): Promise<Credential> {
  const { value, name } = user;
  const [certificate, key] = await Promise.all([
    dataOrFile(user, 'client-certificate'),
    dataOrFile(user, 'client-key'),
  ]);
  if (certificate !== undefined && key !== undefined) return { kind: 'certificate', certificate, key };
  const token = textOf(value['token']);
  if (token !== undefined) return { kind: 'token', token };
  const file = textOf(value['tokenFile']);
  if (file !== undefined) return { kind: 'tokenFile', file: path.resolve(user.folder, file) };
  const username = textOf(value['username']);
  if (username !== undefined) return { kind: 'basic', username, password: textOf(value['password']) ?? '' };
  if (isDict(value['exec'])) return { kind: 'exec', plugin: execPlugin(value['exec'], user) };
  if (value['auth-provider'] !== undefined) {
    throw new KubeconfigProblem(
      `El usuario «${name}» usa \`auth-provider\`, que Kubernetes retiró en la 1.26.`,
      'Vuelve a generar el kubeconfig con la herramienta de tu proveedor.',
    );
  }
  return { kind: 'none' };
}

function execPlugin(exec: Dict, { name, folder }: Named): ExecPlugin {
  const command = textOf(exec['command']);
  if (command === undefined)
    throw new KubeconfigProblem(
      `El usuario «${name}» usa \`exec\` sin \`command\`.`,
      'Revisa `users` en el kubeconfig.',
    );
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const env = (Array.isArray(exec['env']) ? exec['env'] : []).filter(isDict);
  return {
    apiVersion: textOf(exec['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    // As client-go: a path with a separator counts from the kubeconfig's folder.
    command: /[/\\]/.test(command) ? path.resolve(folder, command) : command,
    args,
    env: Object.fromEntries(env.map((one) => [String(one['name']), String(one['value'])])),
  };
}

/** `<field>-data` in base64, or the file that `<field>` names. */
async function dataOrFile({ value, folder }: Named, field: string): Promise<string | undefined> {
  const data = textOf(value[`${field}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const named = textOf(value[field]);
  if (named === undefined) return undefined;
  const file = path.resolve(folder, named);
  const found = await readText(file, maxBytes);
  if (found.state === 'read') return found.value;
  const why = found.state === 'missing' ? 'no existe' : found.why;
  throw new KubeconfigProblem(
    `El kubeconfig nombra ${file}: ${why}.`,
    'Revisa la ruta, o vuelve a generar el kubeconfig.',
  );
}

function namedList(value: unknown, inner: string, folder: string): readonly Named[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isDict).flatMap((one) => {
    const name = textOf(one['name']);
    const body = one[inner];
    return name === undefined ? [] : [{ name, value: isDict(body) ? body : {}, folder }];
  });
}

const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const namesOf = (list: readonly Named[]) =>
  list.length === 0 ? 'ninguno' : list.map(({ name }) => name).join(', ');
