import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../api/networking-v1.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';
import { cidrContains, isValidCIDR, parseCIDR } from '../ip.ts';
import { isValidPortName, isValidPortNum } from '../names.ts';
import {
  type LabelSelectorOptions,
  labelSelectorHasInvalidValue,
  validateLabelSelector,
} from '../selectors/validation.ts';
import { invalidFor } from './messages.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

/** Mirrors ValidateNetworkPolicySpec. `old`: its selector's faults may stay. */
export function validateNetworkPolicy({ spec }: NetworkPolicy, old?: NetworkPolicy): FieldError[] {
  const options = { allowInvalidValues: labelSelectorHasInvalidValue(old?.spec?.podSelector) };
  const errors = validateLabelSelector(spec?.podSelector, 'spec.podSelector', options);
  const directions = [
    {
      name: 'ingress',
      side: 'from',
      rules: spec?.ingress?.map((rule) => ({ ports: rule.ports, peers: rule.from })),
    },
    {
      name: 'egress',
      side: 'to',
      rules: spec?.egress?.map((rule) => ({ ports: rule.ports, peers: rule.to })),
    },
  ];
  for (const { name, side, rules } of directions) {
    for (const [i, rule] of (rules ?? []).entries()) {
      const at = `spec.${name}[${i}]`;
      for (const [j, port] of (rule.ports ?? []).entries())
        errors.push(...validatePort(port, `${at}.ports[${j}]`));
      for (const [j, peer] of (rule.peers ?? []).entries())
        errors.push(...validatePeer(peer, `${at}.${side}[${j}]`, options));
    }
  }
  const types = spec?.policyTypes ?? [];
  if (types.length > policyTypes.length)
    return [
      ...errors,
      invalid(
        'spec.policyTypes',
        goStrings(types, 'networking.PolicyType'),
        'may not specify more than two policyTypes',
      ),
    ];
  for (const [i, type] of types.entries())
    if (!policyTypes.includes(type)) errors.push(notSupported(`spec.policyTypes[${i}]`, type, policyTypes));
  return errors;
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  if (port === undefined) {
    if (endPort !== undefined)
      errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  } else if (typeof port === 'number') {
    errors.push(...invalidFor(isValidPortNum(port), `${at}.port`, port));
    if (endPort === undefined) return errors;
    // Upstream shows the port here, not the end.
    if (endPort < port)
      errors.push(invalid(`${at}.endPort`, port, 'must be greater than or equal to `port`'));
    errors.push(...invalidFor(isValidPortNum(endPort), `${at}.endPort`, endPort));
  } else {
    if (endPort !== undefined)
      errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    errors.push(...invalidFor(isValidPortName(port), `${at}.port`, port));
  }
  return errors;
}

function validatePeer(peer: NetworkPolicyPeer, at: string, options: LabelSelectorOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { podSelector, namespaceSelector, ipBlock } = peer;
  errors.push(...validateLabelSelector(podSelector, `${at}.podSelector`, options));
  errors.push(...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`, options));
  if (ipBlock !== undefined) errors.push(...validateBlock(ipBlock, `${at}.ipBlock`));
  const count = [podSelector, namespaceSelector, ipBlock].filter((part) => part !== undefined).length;
  if (count === 0) errors.push(required(at, 'must specify a peer'));
  else if (count > 1 && ipBlock !== undefined)
    errors.push(forbiddenField(at, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateBlock({ cidr = '', except = [] }: IPBlock, at: string): FieldError[] {
  if (cidr === '') return [required(`${at}.cidr`)];
  const problems = isValidCIDR(`${at}.cidr`, cidr);
  const outer = parseCIDR(cidr);
  if (problems.length > 0 || outer === undefined) return problems;
  return except.flatMap((text, i) => {
    const inner = parseCIDR(text);
    if (inner === undefined) return isValidCIDR(`${at}.except[${i}]`, text);
    return cidrContains(outer, inner.address) && outer.prefix < inner.prefix
      ? []
      : [invalid(`${at}.except[${i}]`, text, 'must be a strict subset of `cidr`')];
  });
}
