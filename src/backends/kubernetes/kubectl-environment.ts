import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterAccess } from './kubeconfig.ts';

/**
 * A kubeconfig of the attempt's own in front of the cluster's: it only says which context, and that its namespace is the
 * attempt's, so that nobody has to write `-n` each time. What kubectl writes goes there and not to the learner's. `named`: the
 * cluster is one of several in the learner's kubeconfig, and has to be named even without a namespace.
 */
export function kubectlEnvironment(
  access: Pick<ClusterAccess, 'clusterName' | 'userName' | 'file'>,
  kubeconfig: string | undefined,
  namespace: string | undefined,
  folder: string,
  named: boolean,
): { readonly [name: string]: string } {
  const rest = kubeconfig === undefined || kubeconfig === '' ? [access.file] : [kubeconfig];
  const plain = { KUBECONFIG: rest.join(path.delimiter) };
  if (namespace === undefined && !named) return plain;
  const own = path.join(folder, 'kubeconfig');
  const context = {
    cluster: access.clusterName,
    user: access.userName,
    ...(namespace === undefined ? {} : { namespace }),
  };
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'curso',
    contexts: [{ name: 'curso', context }],
  });
  try {
    if (!leadsThere(own, context)) writeFileSync(own, `${text}\n`, { mode: 0o600 });
  } catch {
    // A full disk, say: the context without the namespace is better than no shell.
    return plain;
  }
  return { KUBECONFIG: [own, ...rest].join(path.delimiter) };
}

/** Written for the same cluster before; what the learner has changed in it since (`kubectl config set-context`) stays. */
function leadsThere(
  file: string,
  { cluster, user }: { readonly cluster: string; readonly user: string },
): boolean {
  try {
    const text = readFileSync(file, 'utf8');
    return text.includes(cluster) && text.includes(user);
  } catch {
    return false;
  }
}
