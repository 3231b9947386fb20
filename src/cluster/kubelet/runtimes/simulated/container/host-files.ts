import { type DirInode, newDir, newFile } from '../fs/inode.ts';

const folders = [
  'bin',
  'boot',
  'dev',
  'etc/kubernetes/manifests',
  'home',
  'lib/modules',
  'mnt',
  'opt/cni/bin',
  'proc',
  'root',
  'run/containerd',
  'sbin',
  'srv',
  'sys',
  'tmp',
  'usr/bin',
  'usr/lib',
  'usr/share',
  'usr/local',
  'var/lib/kubelet/pods',
  'var/lib/containerd',
  'var/log/pods',
  'var/log/containers',
  'var/run',
  'var/tmp',
  'var/cache',
];

/** The machine's own files, as a `hostPath` shows them. */
export function hostTree(node: string, tools: DirInode | undefined): DirInode {
  const root = newDir();
  for (const path of folders) {
    let at = root;
    for (const name of path.split('/')) {
      const next = at.entries.get(name) ?? newDir();
      at.entries.set(name, next);
      if (next.kind !== 'dir') break;
      at = next;
    }
  }
  const programs = tools?.entries.get('bin');
  if (programs !== undefined) root.entries.set('bin', programs);
  const etc = root.entries.get('etc');
  if (etc?.kind === 'dir') {
    etc.entries.set('hostname', newFile(`${node}\n`));
    etc.entries.set('hosts', newFile(`127.0.0.1 localhost\n127.0.0.1 ${node}\n`));
    etc.entries.set('machine-id', newFile('c0ffee00c0ffee00c0ffee00c0ffee00\n'));
    etc.entries.set(
      'os-release',
      newFile('PRETTY_NAME="Curso K8s Linux"\nNAME="Curso K8s Linux"\nID=curso\n'),
    );
    etc.entries.set('passwd', newFile('root:x:0:0:root:/root:/bin/sh\n'));
    etc.entries.set('resolv.conf', newFile('nameserver 127.0.0.53\n'));
  }
  const tmp = root.entries.get('tmp');
  if (tmp !== undefined) tmp.mode = 0o1777;
  return root;
}
