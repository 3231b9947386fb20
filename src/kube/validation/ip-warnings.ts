import { goQuote } from '../field-error.ts';
import { formatCIDR, formatIP, parseCIDR, parseIP } from '../ip.ts';

/**
 * What upstream warns of in addresses that it still accepts. Mirrors getWarningsForIP of pkg/api/service/warnings.go;
 * the reasons are those of Go's net/netip, which reads addresses strictly.
 */
export function warningsForIp(field: string, address: string): string[] {
  const problem = strictProblem(address);
  const ip = parseIP(address);
  if (problem !== undefined || ip === undefined)
    return [
      `${field}: IP address was accepted, but will be invalid in a future Kubernetes release: ParseAddr(${goQuote(address)}): ${problem ?? 'unable to parse IP'}`,
    ];
  const canonical = formatIP(ip);
  return address.includes(':') && canonical !== address
    ? [
        `${field}: IPv6 address ${goQuote(address)} is not in RFC 5952 canonical format (${goQuote(canonical)}), which may cause controller apply-loops`,
      ]
    : [];
}

export function warningsForCidr(field: string, cidr: string): string[] {
  const parsed = parseCIDR(cidr);
  const slash = cidr.lastIndexOf('/');
  const problem = slash < 0 ? "no '/'" : strictProblem(cidr.slice(0, slash));
  if (parsed === undefined || problem !== undefined) {
    const why = `netip.ParsePrefix(${goQuote(cidr)}): ${
      slash < 0 ? "no '/'" : `ParseAddr(${goQuote(cidr.slice(0, slash))}): ${problem ?? 'unable to parse IP'}`
    }`;
    return [`${field}: IP prefix was accepted, but will be invalid in a future Kubernetes release: ${why}`];
  }
  const canonical = formatCIDR(parsed);
  return cidr.includes(':') && canonical !== cidr
    ? [
        `${field}: IPv6 prefix ${goQuote(cidr)} is not in RFC 5952 canonical format (${goQuote(canonical)}), which may cause controller apply-loops`,
      ]
    : [];
}

/** Addresses have passed the loose parser already, so only leading zeros are left to complain of. */
function strictProblem(address: string): string | undefined {
  if (address.includes(':')) return undefined;
  return address.split('.').some((part) => part.length > 1 && part.startsWith('0'))
    ? 'IPv4 field has octet with leading zero'
    : undefined;
}
