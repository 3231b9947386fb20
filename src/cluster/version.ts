/** The Kubernetes that is served: its types, defaults and texts are those of this release. */
export const kubernetesVersion = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.13',
  gitCommit: '',
  buildDate: '2026-01-01T00:00:00Z',
} as const;
