import type { TypedLocalObjectReference } from '../api/core-v1.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '../api/networking-v1.ts';
import {
  type FieldError,
  forbiddenField,
  GoText,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts';
import { isValidIP, parseIP } from '../ip.ts';
import {
  isDNS1123Subdomain,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  nameIsPathSegment,
  utf8Length,
} from '../names.ts';
import { immutableMessage, invalidFor } from './messages.ts';

export const ingressClassAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

/** Mirrors ValidateIngressCreate of pkg/apis/networking/validation. */
export function validateIngress(ingress: Ingress): FieldError[] {
  const errors = validateSpec(ingress);
  const annotation = ingress.metadata?.annotations?.[ingressClassAnnotation];
  const name = ingress.spec?.ingressClassName;
  if (annotation !== undefined && name !== undefined && annotation !== name)
    errors.push(
      invalid(
        `annotations.${ingressClassAnnotation}`,
        annotation,
        'must match `ingressClassName` when both are specified',
      ),
    );
  return errors;
}

/** What was stored with faults that are refused today may keep them. */
export function validateIngressUpdate(ingress: Ingress, old: Ingress): FieldError[] {
  const badSecret = (old.spec?.tls ?? []).some(({ secretName }) => secretProblems(secretName).length > 0);
  return validateSpec(ingress, badSecret);
}

const secretProblems = (name: string | undefined) => (name ? nameIsDNSSubdomain(name, false) : []);

function validateSpec({ spec = {} }: Ingress, anySecretName = false): FieldError[] {
  const errors: FieldError[] = [];
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined)
    errors.push(
      invalid(
        'spec',
        new GoText('[]networking.IngressRule(nil)'),
        'either `defaultBackend` or `rules` must be specified',
      ),
    );
  if (spec.defaultBackend !== undefined)
    errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  for (const [i, rule] of rules.entries()) {
    const at = `spec.rules[${i}]`;
    if (rule.host) errors.push(...validateHost(rule.host, `${at}.host`));
    if (rule.http === undefined) continue;
    const paths = rule.http.paths ?? [];
    if (paths.length === 0) errors.push(required(`${at}.http.paths`));
    for (const [j, path] of paths.entries()) errors.push(...validatePath(path, `${at}.http.paths[${j}]`));
  }
  for (const [i, { hosts, secretName }] of (spec.tls ?? []).entries()) {
    for (const [j, host] of (hosts ?? []).entries()) {
      const messages = host.includes('*') ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);
      errors.push(...invalidFor(messages, `spec.tls[${i}].hosts[${j}]`, host));
    }
    if (!anySecretName)
      errors.push(...invalidFor(secretProblems(secretName), `spec.tls[${i}].secretName`, secretName));
  }
  const name = spec.ingressClassName;
  if (name !== undefined)
    errors.push(...invalidFor(nameIsDNSSubdomain(name, false), 'spec.ingressClassName', name));
  return errors;
}

function validateHost(host: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (parseIP(host) !== undefined) errors.push(invalid(field, host, 'must be a DNS name, not an IP address'));
  const messages = host.includes('*') ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);
  return [...errors, ...invalidFor(messages, field, host)];
}

function validatePath(entry: HTTPIngressPath, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { pathType, path = '' } = entry;
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  const absolute = () => {
    if (!path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be an absolute path'));
  };
  if (pathType === 'Exact' || pathType === 'Prefix') {
    absolute();
    for (const part of badSequences)
      if (path.includes(part)) errors.push(invalid(`${at}.path`, path, `must not contain '${part}'`));
    for (const end of badEnds)
      if (path.endsWith(end)) errors.push(invalid(`${at}.path`, path, `cannot end with '${end}'`));
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '') absolute();
  } else errors.push(notSupported(`${at}.pathType`, pathType, pathTypes));
  return [...errors, ...validateBackend(entry.backend ?? {}, `${at}.backend`)];
}

function validateBackend({ resource, service }: IngressBackend, at: string): FieldError[] {
  if (resource !== undefined && service !== undefined)
    return [invalid(at, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return validateReference(resource, `${at}.resource`);
  if (service === undefined) return [invalid(at, '', 'resource or service backend is required')];
  const errors: FieldError[] = [];
  if (!service.name) errors.push(required(`${at}.service.name`));
  else
    errors.push(...invalidFor(nameIsDNS1035Label(service.name, false), `${at}.service.name`, service.name));
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (name) errors.push(...invalidFor(isValidPortName(name), `${at}.service.port.name`, name));
  else if (number) errors.push(...invalidFor(isValidPortNum(number), `${at}.service.port.number`, number));
  else errors.push(required(at, 'port name or number is required'));
  return errors;
}

function validateReference(reference: TypedLocalObjectReference, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroup, kind, name } = reference;
  if (apiGroup !== undefined)
    errors.push(...invalidFor(isDNS1123Subdomain(apiGroup), `${at}.apiGroup`, apiGroup));
  if (!kind) errors.push(required(`${at}.kind`, 'kind is required'));
  else errors.push(...invalidFor(nameIsPathSegment(kind, false), `${at}.kind`, kind));
  if (!name) errors.push(required(`${at}.name`, 'name is required'));
  else errors.push(...invalidFor(nameIsPathSegment(name, false), `${at}.name`, name));
  return errors;
}

/** Mirrors ValidateIngressLoadBalancerStatus. */
export function validateIngressStatus({ status = {} }: Ingress): FieldError[] {
  return (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`;
    const errors = ip ? isValidIP(`${at}.ip`, ip) : [];
    if (hostname) {
      errors.push(...invalidFor(isDNS1123Subdomain(hostname), `${at}.hostname`, hostname));
      if (parseIP(hostname) !== undefined)
        errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    }
    return errors;
  });
}

const pathText = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathPattern = new RegExp(`^${pathText}$`);

/** Mirrors IsDomainPrefixedPath of apimachinery/pkg/util/validation: `acme.io/foo`. */
function validateDomainPrefixedPath(text: string, field: string): FieldError[] {
  if (text === '') return [required(field)];
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1)
    return [invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const host = text.slice(0, slash);
  const path = text.slice(slash + 1);
  const errors = invalidFor(isDNS1123Subdomain(host), field, host);
  if (!pathPattern.test(path))
    errors.push(invalid(field, path, `Invalid path (regex used for validation is '${pathText}')`));
  return errors;
}

/** Mirrors ValidateIngressClass. */
export function validateIngressClass({ spec = {} }: IngressClass): FieldError[] {
  const controller = spec.controller ?? '';
  const errors: FieldError[] = [];
  if (utf8Length(controller) > 250) errors.push(tooLong('spec.controller', controller, 250));
  errors.push(...validateDomainPrefixedPath(controller, 'spec.controller'));
  const { parameters } = spec;
  if (parameters === undefined) return errors;
  const at = 'spec.parameters';
  errors.push(...validateReference(parameters, at));
  const { scope, namespace } = parameters;
  if (scope === undefined) errors.push(required(`${at}.scope`));
  else if (scope !== 'Cluster' && scope !== 'Namespace')
    errors.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  else if (scope === 'Namespace') {
    if (namespace === undefined)
      errors.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else errors.push(...invalidFor(nameIsDNSLabel(namespace, false), `${at}.namespace`, namespace));
  } else if (namespace !== undefined)
    errors.push(forbiddenField(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

export function validateIngressClassUpdate(ingressClass: IngressClass, old: IngressClass): FieldError[] {
  const controller = ingressClass.spec?.controller ?? '';
  const changed =
    controller === (old.spec?.controller ?? '')
      ? []
      : [invalid('spec.controller', controller, immutableMessage)];
  return [...changed, ...validateIngressClass(ingressClass)];
}
