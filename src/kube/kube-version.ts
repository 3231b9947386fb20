/** Names of API versions that follow Kubernetes' own custom: `v1`, `v2beta1`. */
const kubeVersion = /^v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?$/;

/**
 * The better one is greater: v1 above v1beta1 above v1alpha1, v2 above v1; what is no such version below all, by text.
 * Mirrors CompareKubeAwareVersionStrings of apimachinery/pkg/version.
 */
export function compareKubeVersions(a: string, b: string): number {
  const left = kubeVersion.exec(a);
  const right = kubeVersion.exec(b);
  if (left === null || right === null) {
    if (left !== null) return 1;
    if (right !== null) return -1;
    return a < b ? 1 : a > b ? -1 : 0;
  }
  return (
    stability(left) - stability(right) ||
    Number(left[1]) - Number(right[1]) ||
    Number(left[3] ?? 0) - Number(right[3] ?? 0)
  );
}

function stability(match: RegExpExecArray): number {
  return match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
}
