import { createPublicKey, type KeyObject } from 'node:crypto';

/** What a PKCS#10 request (RFC 2986) asks for, as far as a client's certificate goes. */
export interface SigningRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly publicKey: KeyObject;
}

const commonName = '550403';
const organization = '55040a';

/** `request` as spec.request holds it: base64 of PEM. Throws an Error when it is none. */
export function parseSigningRequest(request: string): SigningRequest {
  const text = Buffer.from(request, 'base64').toString('latin1');
  const body = /-----BEGIN CERTIFICATE REQUEST-----([^-]*)-----END CERTIFICATE REQUEST-----/.exec(text)?.[1];
  if (body === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const [info] = childrenOf(elementAt(Buffer.from(body, 'base64'), 0));
  const [, subject, key] = info === undefined ? [] : childrenOf(info);
  if (subject === undefined || key === undefined) throw new Error('asn1: structure error');
  const attributes = childrenOf(subject).flatMap(childrenOf).map(childrenOf);
  const named = (type: string) =>
    attributes.flatMap(([id, value]) =>
      id?.content.toString('hex') === type && value !== undefined ? [value.content.toString('utf8')] : [],
    );
  return {
    commonName: named(commonName).at(-1) ?? '',
    organizations: named(organization),
    publicKey: createPublicKey({ key: key.whole, format: 'der', type: 'spki' }),
  };
}

interface Element {
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** One element of DER; lengths beyond what is there are refused. */
function elementAt(bytes: Buffer, at: number): Element {
  const first = bytes[at + 1];
  if (first === undefined) throw new Error('asn1: syntax error: data truncated');
  const digits = first < 0x80 ? 0 : first & 0x7f;
  if (digits > 4) throw new Error('asn1: structure error: length too large');
  const start = at + 2 + digits;
  const length =
    digits === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = start + length;
  if (end > bytes.length) throw new Error('asn1: syntax error: data truncated');
  return { content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

function childrenOf({ content }: Element): Element[] {
  const children: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const child = elementAt(content, at);
    children.push(child);
    at += child.whole.length;
  }
  return children;
}
