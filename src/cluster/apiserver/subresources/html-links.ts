import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';

/** The same link as seen through the proxy; undefined: it is none. */
export type LinkRewriter = (link: string) => string | undefined;

interface ProxyView {
  /** What every path of the proxied server has in front. */
  readonly prefix: string;
  /** The proxied server's. */
  readonly host: string;
  /** By which the client knows this server. */
  readonly ownHost: string;
}

/** Only absolute paths on the same host change; they keep the host only if it is ours. Mirrors Transport.rewriteURL. */
export function rewriterOf({ prefix, host, ownHost }: ProxyView): LinkRewriter {
  return (link) => {
    const match = /^([a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?([^?#]*)((?:\?[^#]*)?(?:#.*)?)$/is.exec(link);
    if (match === null || /[\u0000-\u0020\u007f]/.test(link)) return undefined;
    const [, scheme = '', named = '', path = '', rest = ''] = match;
    const elsewhere = named !== '' && named !== host && named !== ownHost;
    if (elsewhere || !path.startsWith('/')) return link;
    const seen = path.startsWith(prefix) ? path : `${prefix}${path}`;
    return `${named !== '' && named === ownHost ? `${scheme}//${named}` : ''}${seen}${rest}`;
  };
}

/** The attributes of HTML that hold links. Mirrors atomsToAttrs (apimachinery/pkg/util/proxy). */
const linkAttributes: { readonly [tag: string]: readonly string[] } = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

const mostBytes = 16 * 1024 * 1024;

/** The page with its links rewritten; as it is when it is packed in a way that is not understood, or broken. */
export function rewriteHtml(body: Uint8Array, encoding: string, rewrite: LinkRewriter): Uint8Array {
  try {
    const limits = { maxOutputLength: mostBytes };
    if (encoding === 'gzip') return gzipSync(Buffer.from(rewritten(gunzipSync(body, limits), rewrite)));
    if (encoding === 'deflate')
      return deflateRawSync(Buffer.from(rewritten(inflateRawSync(body, limits), rewrite)));
    return encoding === '' ? Buffer.from(rewritten(body, rewrite)) : body;
  } catch {
    return body;
  }
}

/** Comments, scripts and styles are passed over; so is text. */
function rewritten(body: Uint8Array, rewrite: LinkRewriter): string {
  const html = Buffer.from(body).toString('utf8');
  const parts =
    /<!--[\s\S]*?(?:-->|$)|<(script|style)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)|<[a-z][a-z0-9]*\b[^>]*>/gi;
  return html.replace(parts, (part) => {
    if (part.startsWith('<!--')) return part;
    const end = part.indexOf('>') + 1;
    return `${tag(part.slice(0, end), rewrite)}${part.slice(end)}`;
  });
}

function tag(text: string, rewrite: LinkRewriter): string {
  const name = (/^<([a-z][a-z0-9]*)/i.exec(text)?.[1] ?? '').toLowerCase();
  const attributes = Object.hasOwn(linkAttributes, name) ? linkAttributes[name] : undefined;
  if (attributes === undefined) return text;
  return text.replace(
    /(\s)([a-z]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi,
    (
      whole,
      space: string,
      attribute: string,
      equals: string,
      double?: string,
      single?: string,
      bare?: string,
    ) => {
      if (!attributes.includes(attribute.toLowerCase())) return whole;
      const link = double ?? single ?? bare ?? '';
      const changed = rewrite(link);
      return changed === undefined || changed === link ? whole : `${space}${attribute}${equals}"${changed}"`;
    },
  );
}
