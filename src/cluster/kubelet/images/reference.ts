/** Names of images. Mirrors distribution/reference as far as the kubelet needs it. */

const domainPattern =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$/;
const pathPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[\w][\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** The name with `:latest` when it has neither tag nor digest. Throws an Error in upstream's words. */
export function withDefaultTag(image: string): string {
  const { tag, digest } = parse(image);
  return tag === undefined && digest === undefined ? `${image}:latest` : image;
}

function parse(image: string): { readonly tag: string | undefined; readonly digest: string | undefined } {
  const fail = (why: string): never => {
    throw new Error(`couldn't parse image name "${image}": ${why}`);
  };
  if (/^[a-f0-9]{64}$/.test(image))
    fail(`invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`);
  const slash = image.indexOf('/');
  const head = slash < 0 ? '' : image.slice(0, slash);
  const named = slash >= 0 && (/[.:]/.test(head) || head === 'localhost' || head.toLowerCase() !== head);
  const domain = named ? head : 'docker.io';
  const remainder = named ? image.slice(slash + 1) : slash < 0 ? `library/${image}` : image;
  const [beforeDigest = '', ...digests] = remainder.split('@');
  const colon = beforeDigest.indexOf(':');
  const path = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon < 0 ? undefined : beforeDigest.slice(colon + 1);
  const digest = digests.length === 0 ? undefined : digests.join('@');
  if (path.toLowerCase() !== path)
    fail(`invalid reference format: repository name (${path}) must be lowercase`);
  const wrong =
    !domainPattern.test(domain) ||
    !pathPattern.test(path) ||
    (tag !== undefined && !tagPattern.test(tag)) ||
    (digest !== undefined && !digestPattern.test(digest));
  if (wrong) fail('invalid reference format');
  return { tag, digest };
}
