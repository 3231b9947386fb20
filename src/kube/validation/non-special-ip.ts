import { type FieldError, invalid } from '../field-error.ts';
import { cidrContains, type IpAddress, parseCIDR, parseIP } from '../ip.ts';

const within =
  (...cidrs: string[]) =>
  (address: IpAddress) =>
    cidrs.some((cidr) => {
      const range = parseCIDR(cidr);
      return range !== undefined && cidrContains(range, address);
    });

const refusals: readonly [(address: IpAddress) => boolean, string][] = [
  [within('127.0.0.0/8', '::1/128'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [within('169.254.0.0/16', 'fe80::/10'), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [
    within('224.0.0.0/24', 'ff02::/16'),
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
];

/** An address that traffic can be sent to: not unspecified, loopback or link-local. Mirrors ValidateNonSpecialIP. */
export function validateNonSpecialIp(text: string, field: string): FieldError[] {
  const address = parseIP(text);
  if (address === undefined) return [invalid(field, text, 'must be a valid IP address')];
  const errors = refusals.filter(([has]) => has(address)).map(([, detail]) => invalid(field, text, detail));
  if (address.bytes.every((byte) => byte === 0))
    errors.unshift(invalid(field, text, `may not be unspecified (${text})`));
  return errors;
}
