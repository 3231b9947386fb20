import type { CertificateSigningRequest } from '../api/certificates-v1.ts';
import {
  duplicate,
  type FieldError,
  GoText,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts';
import { isDNS1123Label, isDNS1123Subdomain, utf8Length } from '../names.ts';

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const minExpirationSeconds = 600;

/** Mirrors validateCertificateSigningRequest of pkg/apis/certificates/validation. */
export function validateSigningRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const request = spec?.request;
  const bytes = Buffer.from(request ?? '', 'base64');
  const type = /-----BEGIN ([^-]*)-----/.exec(bytes.toString('latin1'))?.[1];
  if (type !== 'CERTIFICATE REQUEST') {
    const shown = request
      ? `[]byte{${[...bytes].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`
      : '[]byte(nil)';
    errors.push(invalid('spec.request', new GoText(shown), 'PEM block type must be CERTIFICATE REQUEST'));
  }
  const asked = spec?.usages ?? [];
  if (asked.length === 0) errors.push(required('spec.usages'));
  const seen = new Set<string>();
  for (const [i, usage] of asked.entries()) {
    if (!usages.includes(usage)) errors.push(notSupported(`spec.usages[${i}]`, usage, usages));
    if (seen.has(usage)) errors.push(duplicate(`spec.usages[${i}]`, usage));
    seen.add(usage);
  }
  errors.push(...validateSignerName(spec?.signerName ?? '', 'spec.signerName'));
  const seconds = spec?.expirationSeconds;
  if (seconds !== undefined && seconds < minExpirationSeconds)
    errors.push(
      invalid(
        'spec.expirationSeconds',
        seconds,
        `may not specify a duration less than ${minExpirationSeconds} seconds`,
      ),
    );
  return [...errors, ...validateConditions(status?.conditions ?? [])];
}

/** Mirrors ValidateSignerName of pkg/apis/core/validation/names.go. */
function validateSignerName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const [domain = '', path, ...more] = name.split('/');
  if (path === undefined || more.length > 0)
    return [
      invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    ];
  const errors: FieldError[] = [];
  if (utf8Length(domain) > 253) errors.push(tooLong(field, '', 253));
  const labels = domain.split('.');
  const check = (parts: readonly string[], whole: string, rule: (text: string) => readonly string[]) => {
    const bad = parts.find((part) => rule(part).length > 0);
    if (bad === undefined) return;
    for (const message of rule(bad))
      errors.push(invalid(field, whole, `validating label "${bad}": ${message}`));
  };
  check(labels, domain, isDNS1123Label);
  if (labels.length < 2)
    errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  check(path.split('.'), path, isDNS1123Subdomain);
  const most = 253 + 253 + 63 + 1 + 1;
  if (utf8Length(name) > most) errors.push(tooLong(field, '', most));
  return errors;
}

/** What a signer or approver says. Mirrors validateConditions. */
export function validateConditions(
  conditions: readonly { readonly type: string; readonly status: string }[],
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { type = '', status = '' }] of conditions.entries()) {
    const at = `status.conditions[${i}]`;
    const decided = ['Approved', 'Denied', 'Failed'].includes(type);
    if (type === '') errors.push(required(`${at}.type`));
    if (status === '') errors.push(required(`${at}.status`));
    else if (decided ? status !== 'True' : !['True', 'False', 'Unknown'].includes(status))
      errors.push(notSupported(`${at}.status`, status, decided ? ['True'] : ['False', 'True', 'Unknown']));
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    if ((type === 'Denied' && seen.has('Approved')) || (type === 'Approved' && seen.has('Denied')))
      errors.push(invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
  }
  return errors;
}
