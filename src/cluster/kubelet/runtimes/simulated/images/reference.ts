/** An image reference as containerd normalises it. */
export interface Reference {
  /** `docker.io/library/nginx` */
  readonly repository: string;
  readonly registry: string;
  readonly path: string;
  /** '' with a digest and no tag. */
  readonly tag: string;
  readonly digest: string;
  /** `docker.io/library/nginx:1.29` */
  readonly text: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const name = new RegExp(`^${component}(?:/${component})*$`);
const host =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?$/;

/** Undefined: `invalid reference format`. */
export function parseReference(text: string): Reference | undefined {
  const [, rest = '', digest = ''] = /^([^@]*)(?:@(sha256:[0-9a-f]{64}))?$/.exec(text) ?? [];
  if (rest === '' || (text.includes('@') && digest === '')) return undefined;
  const slash = rest.lastIndexOf('/');
  const colon = rest.indexOf(':', slash + 1);
  const tag = colon < 0 ? '' : rest.slice(colon + 1);
  if (colon >= 0 && !/^\w[\w.-]{0,127}$/.test(tag)) return undefined;
  const bare = colon < 0 ? rest : rest.slice(0, colon);
  const first = bare.indexOf('/');
  const maybeHost = first < 0 ? '' : bare.slice(0, first);
  const isHost = maybeHost.includes('.') || maybeHost.includes(':') || maybeHost === 'localhost';
  if (isHost && !host.test(maybeHost)) return undefined;
  const registry = isHost ? (maybeHost === 'index.docker.io' ? 'docker.io' : maybeHost) : 'docker.io';
  const plain = isHost ? bare.slice(first + 1) : bare;
  const path = registry === 'docker.io' && !plain.includes('/') ? `library/${plain}` : plain;
  if (!name.test(path) || `${registry}/${path}`.length > 255 || /^[0-9a-f]{64}$/.test(rest)) return undefined;
  const repository = `${registry}/${path}`;
  const shownTag = tag === '' && digest === '' ? 'latest' : tag;
  const full = repository + (shownTag === '' ? '' : `:${shownTag}`) + (digest === '' ? '' : `@${digest}`);
  return { repository, registry, path, tag: shownTag, digest, text: full };
}
