import { isIP } from 'node:net';
import { Errno } from '../../fs/errno.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import type { Options } from './curl-options.ts';
import type { Agreed, Exchange, Url } from './http.ts';
import type { Trust } from './secure.ts';

/** What curl adds to a certificate that it does not believe. */
const advice = `
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the webpage mentioned above.`;

/** Whom to believe, or curl's code and text for a file that cannot be read. */
export function trustOf(
  sys: Syscalls,
  { flags }: Options,
): Trust | { readonly code: number; readonly text: string } {
  const read = (flag: string): string | undefined => {
    const path = flags.get(flag)?.replace(/^(.*[^:]):[^/]*$/, flag === '--cert' ? '$1' : '$&');
    if (path === undefined) return undefined;
    try {
      return sys.files.readText(path);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return '';
    }
  };
  const [ca, certificate, key] = [read('--cacert'), read('--cert'), read('--key')];
  const verify = !flags.has('-k');
  if (ca !== undefined && verify && !ca.includes('-----BEGIN CERTIFICATE-----')) return badAuthority(flags);
  if (certificate === '')
    return {
      code: 58,
      text: `could not load PEM client certificate from ${flags.get('--cert')}, OpenSSL error error:80000002:system library::No such file or directory, (no key found, wrong pass phrase, or wrong file format?)`,
    };
  const ownKey = key ?? certificate;
  return {
    verify,
    ...(ca === undefined || !verify ? {} : { ca }),
    ...(certificate === undefined || ownKey === undefined ? {} : { certificate, key: ownKey }),
  };
}

const badAuthority = (flags: Options['flags']) => ({
  code: 77,
  text: `error adding trust anchors from file: ${flags.get('--cacert') ?? ''}`,
});

/** curl's exit code and text for what TLS did not get done; undefined: it was something else. */
export function tlsFailure(
  { code, why = '' }: Extract<Exchange, { kind: 'failed' }>,
  { host }: Url,
  { flags }: Options,
): { readonly code: number; readonly text: string } | undefined {
  switch (code) {
    case 'CERTIFICATE': {
      const what = isIP(host) === 4 ? 'ipv4 address' : 'host name';
      const text =
        why === 'name'
          ? `SSL: no alternative certificate subject name matches target ${what} '${host}'`
          : `SSL certificate problem: ${why}`;
      return { code: 60, text: `${text}${advice}` };
    }
    case 'TLS':
      return { code: 35, text: `TLS connect error: ${why}` };
    case 'BADCA':
      return badAuthority(flags);
    case 'EMPTY':
      return { code: 52, text: 'Empty reply from server' };
    default:
      return undefined;
  }
}

/** What `-v` tells of a handshake. */
export function agreedText(agreed: Agreed, { host }: Url, { flags }: Options): string {
  const { protocol, cipher, subject, issuer, from, until, wrong } = agreed;
  const verdict =
    wrong === undefined
      ? [`  subjectAltName: host "${host}" matched cert's "${host}"`, 'SSL certificate verified via OpenSSL.']
      : flags.has('-k')
        ? [`SSL certificate verification failed, continuing anyway!`]
        : wrong === 'name'
          ? [`  subjectAltName does not match host name ${host}`]
          : [`SSL certificate problem: ${wrong}`];
  const lines = [
    `SSL connection using ${protocol} / ${cipher}`,
    'ALPN: server accepted http/1.1',
    'Server certificate:',
    `  subject: ${subject}`,
    `  start date: ${from}`,
    `  expire date: ${until}`,
    `  issuer: ${issuer}`,
    ...verdict,
  ];
  return lines.map((line) => `* ${line}\n`).join('');
}
