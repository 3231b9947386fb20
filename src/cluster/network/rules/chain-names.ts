import { createHash } from 'node:crypto';
import type { ServicePort } from './service-ports.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The chain with the endpoints of policy Cluster (`SVC`) or Local (`SVL`), of outside traffic (`EXT`), of source ranges (`FW`). */
export function serviceChain(kind: 'SVC' | 'SVL' | 'EXT' | 'FW', { name, protocol }: ServicePort): string {
  return `KUBE-${kind}-${hash(name + protocol.toLowerCase())}`;
}

/** The chain of one endpoint, `ip:port`. */
export function endpointChain({ name, protocol }: ServicePort, endpoint: string): string {
  return `KUBE-SEP-${hash(name + protocol.toLowerCase() + endpoint)}`;
}

/** As pkg/proxy/iptables names chains: the first 16 digits, in base 32, of a SHA-256. */
function hash(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  let digits = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes.subarray(0, 10)) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += alphabet[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return digits;
}
