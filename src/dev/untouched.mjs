// What belongs to others on this machine, as text: Docker objects without the course's label, and the kubeconfig.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { capture } from './project.mjs';

const label = 'curso-k8s';

/** Stable text: equal before and after means that nothing foreign was made, changed or removed. */
export async function foreignState() {
  const containers = await ids(['ps', '-aq', '--no-trunc']);
  const networks = await ids(['network', 'ls', '-q', '--no-trunc']);
  const volumes = await ids(['volume', 'ls', '-q']);
  const images = await ids(['image', 'ls', '-q', '--no-trunc']);
  const lines = [
    ...(await inspect(
      'container',
      containers,
      ({ Id, Name, Created, Image, Config, HostConfig, Mounts, State }) => [
        Id,
        Name,
        Created,
        Image,
        Config,
        HostConfig,
        Mounts,
        [State.Status, State.StartedAt, State.ExitCode],
      ],
    )),
    ...(await inspect('network', networks, ({ Id, Name, Created, IPAM, Options }) => [
      Id,
      Name,
      Created,
      IPAM,
      Options,
    ])),
    ...(await inspect('volume', volumes, (volume) => volume)),
    ...(await inspect('image', images, ({ Id, RepoTags, RepoDigests, Created, Size }) => [
      Id,
      RepoTags,
      RepoDigests,
      Created,
      Size,
    ])),
    ...kubeconfigs().map((file) => `kubeconfig ${file} ${digest(file)}`),
  ];
  return lines.sort().join('\n');
}

async function ids(args) {
  const { code, output } = await capture('docker', args);
  return code === 0 ? [...new Set(output.split('\n').filter((line) => line !== ''))] : [];
}

async function inspect(kind, names, facts) {
  if (names.length === 0) return [];
  const { output } = await capture('docker', [kind, 'inspect', ...names]);
  const objects = JSON.parse(output.slice(output.indexOf('['), output.lastIndexOf(']') + 1));
  return objects
    .filter((object) => !isOurs(object.Labels ?? object.Config?.Labels))
    .map((object) => `${kind} ${JSON.stringify(facts(object))}`);
}

function isOurs(labels) {
  return Object.keys(labels ?? {}).some((key) => key === label || key.startsWith(`${label}.`));
}

function kubeconfigs() {
  const named = (process.env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  return [...named, path.join(homedir(), '.kube', 'config')];
}

function digest(file) {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'no está';
  }
}
