import type { ApiRequest, Identity } from '../../../kube/transport.ts';
import type { AnswerForm } from '../answers/negotiate.ts';
import type { RequestContext, RequestInfo } from '../contracts.ts';

const maxWarnings = 100;

/** What is known of a request while it is answered. */
export class Exchange implements RequestContext {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  user: Identity = nobody;
  /** Who acts as `user`. */
  requestor: Identity | undefined;
  form: AnswerForm = { media: 'json', pretty: false };
  readonly warnings: string[] = [];
  annotations: { [key: string]: string } = {};

  constructor(request: ApiRequest, info: RequestInfo) {
    this.request = request;
    this.info = info;
  }

  readonly warn = (text: string): void => {
    if (this.warnings.length < maxWarnings && !this.warnings.includes(text)) this.warnings.push(text);
  };

  readonly annotate = (key: string, value: string): void => {
    this.annotations[key] = value;
  };
}

export const nobody: Identity = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
  via: 'Anonymous',
};

/** RFC 7234 warnings of kind 299, as upstream writes them. */
export function warningHeaders(warnings: readonly string[]): readonly string[] {
  return warnings.map((text) => `299 - "${printable(text).replace(/[\\"]/g, '\\$&')}"`);
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ');
}

export function headerOf(request: ApiRequest, name: string): string {
  const value = request.headers[name];
  return (typeof value === 'string' ? value : value?.join(', ')) ?? '';
}

/** Browsers and command-line fetchers get indented JSON unless they say otherwise. Mirrors isPrettyPrint. */
export function isPretty(request: ApiRequest, info: RequestInfo): boolean {
  const asked = info.query.get('pretty');
  if (asked !== null) return asked === 'true' || asked === '1' || asked === 't' || asked === 'True';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headerOf(request, 'user-agent'));
}
