const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes to text without loss: what is no UTF-8 becomes lone surrogates U+DC80–U+DCFF, which `toBytes` turns back. Scripts and
 * text tools can so carry any file.
 */
export function toText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return lossless(bytes);
  }
}

export function toBytes(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc80 || unit > 0xdcff) continue;
    const before = at > 0 ? text.charCodeAt(at - 1) : 0;
    if (before >= 0xd800 && before <= 0xdbff) continue;
    if (at > from) parts.push(encoder.encode(text.slice(from, at)));
    parts.push(Uint8Array.of(unit - 0xdc00));
    from = at + 1;
  }
  if (from < text.length) parts.push(encoder.encode(text.slice(from)));
  return concat(parts);
}

/** One byte as a character of such a text. */
export function byteChar(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte);
}

/** Joins bytes that were written one by one (`printf '\303\251'`) into characters. */
export function recode(text: string): string {
  return /[\udc80-\udcff]/.test(text) ? toText(toBytes(text)) : text;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

function lossless(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) text += byteChar(bytes[at++] ?? 0);
    else {
      text += strict.decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Of the UTF-8 character that starts here; 0: none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || at + length > bytes.length) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

/** How many bytes at the end are the start of a character that is not complete. */
export function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc2 && byte <= 0xf4) {
      const wanted = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return wanted > back ? back : 0;
    }
  }
  return 0;
}
