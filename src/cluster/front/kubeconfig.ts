import type { Pki } from '../pki/pki.ts';

/** The administrator's kubeconfig, as YAML that a person can read. It holds a private key: write it with mode 0600. */
export function adminKubeconfig(url: string, pki: Pki): string {
  const data = (pem: string) => Buffer.from(pem).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
- name: curso-k8s
  cluster:
    server: ${url}
    certificate-authority-data: ${data(pki.caPem)}
contexts:
- name: curso-k8s
  context:
    cluster: curso-k8s
    user: kubernetes-admin
current-context: curso-k8s
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${data(pki.admin.certificate)}
    client-key-data: ${data(pki.admin.key)}
`;
}
