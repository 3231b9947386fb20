/** State 0A of `/proc/<pid>/net/tcp` (include/net/tcp_states.h: TCP_LISTEN). */
const listening = '0A';

export interface ListeningSocket {
  readonly address: string;
  readonly port: number;
}

/** Listening sockets of a `/proc/<pid>/net/tcp` or `tcp6` table. */
export function parseListening(table: string): readonly ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const colon = local.indexOf(':');
    if (state !== listening || colon < 0) return [];
    return [
      { address: hexAddress(local.slice(0, colon)), port: Number.parseInt(local.slice(colon + 1), 16) },
    ];
  });
}

/**
 * The tables print each 32-bit word in the machine's byte order, so on every machine we run on (little endian) the
 * bytes of each group of eight digits are reversed.
 */
export function hexAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return ipv6(bytes.join(''));
}

/** Shortest text of 32 hexadecimal digits (RFC 5952: longest run of zero groups becomes `::`). */
function ipv6(digits: string): string {
  const groups = (digits.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const text = groups.join(':');
  const runs = text.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.indexOf(longest);
  return `${text.slice(0, at)}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}
