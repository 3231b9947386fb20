/** What differs from run to run, as the recordings write it. */
export interface Masks {
  readonly node: string;
  readonly nodeIp: string;
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:<digest>'],
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b[0-9a-f]{32}\b/g, '<hex32>'],
  [/\b10\.244\.\d+\.\d+\b/g, '<podIP>'],
  [/\b10\.0\.0\.1\b/g, '<kubernetesServiceIP>'],
  [/\b10\.96\.0\.10\b/g, '<clusterDNS>'],
  [/\b10\.0\.0\.\d+\b/g, '<serviceIP>'],
  [/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<rnd>'],
];

export function masked(text: string, { node, nodeIp }: Masks): string {
  let result = text.replaceAll(nodeIp, '<nodeIP>').replaceAll(node, '<node>');
  for (const [pattern, mask] of rules) result = result.replace(pattern, mask);
  return result;
}

/** How long something took, and what other Pods it had, is its machine's: `in 17ms (17ms including waiting)`. Which random name it was is chance. */
export function leveled(text: string): string {
  return text
    .replace(/in [\d.]+m?s \([\d.]+m?s including waiting\)/, 'in <ms>')
    .replace(/used: \d+, capacity/, 'used: <n>, capacity')
    .replace(/Image size: \d+ bytes/, 'Image size: <n> bytes')
    .replace(/<rnd\d*>/g, '<rnd>');
}

/** Names of ReplicaSets end in a hash of what Go prints of a template: the first of a replay is the first of the recording. */
const hashPattern = /-([bcdf-hj-np-tv-xz2456789]{8,10})-<rnd/;

export function withoutHashes(texts: readonly string[], names: readonly string[]): string[] {
  const hashes = [...new Set(names.flatMap((name) => hashPattern.exec(name)?.[1] ?? []))];
  return texts.map((text) =>
    hashes.reduce((result, hash, index) => result.replaceAll(hash, `<hash${index + 1}>`), text),
  );
}
