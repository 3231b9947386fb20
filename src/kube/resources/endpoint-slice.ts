import type { Endpoint, EndpointPort, EndpointSlice } from '../api/discovery-v1.ts';
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../field-error.ts';
import { isValidIPv4Address, isValidIPv6Address } from '../ip.ts';
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  nameIsDNSSubdomain,
} from '../names.ts';
import { asKind, type KubeObject } from '../object.ts';
import { endpointSliceTable } from '../printers/networking.ts';
import { immutableMessage, invalidFor } from '../validation/messages.ts';
import { validateLabels } from '../validation/metadata.ts';
import { validateNonSpecialIp } from '../validation/non-special-ip.ts';
import type { ResourceDefinition } from './definition.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxTopology = 16;
const maxZones = 8;

/** Mirrors ValidateEndpointSlice of pkg/apis/discovery/validation. */
function validate(object: KubeObject): FieldError[] {
  const { addressType = '', endpoints = [], ports = [] } = asKind<EndpointSlice>(object);
  const errors: FieldError[] = [];
  if (addressType === '') errors.push(required('addressType'));
  else if (!addressTypes.includes(addressType))
    errors.push(notSupported('addressType', addressType, addressTypes));
  if ((endpoints ?? []).length > maxEndpoints)
    errors.push(tooMany('endpoints', endpoints.length, maxEndpoints));
  else
    for (const [i, endpoint] of (endpoints ?? []).entries())
      errors.push(...validateEndpoint(endpoint, addressType, `endpoints[${i}]`));
  if ((ports ?? []).length > maxPorts) return [...errors, tooMany('ports', ports.length, maxPorts)];
  return [...errors, ...validatePorts(ports ?? [])];
}

function validateEndpoint(endpoint: Endpoint, type: string, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { addresses = [], nodeName, hostname, deprecatedTopology, hints } = endpoint;
  if (addresses.length === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > maxAddresses)
    errors.push(tooMany(`${at}.addresses`, addresses.length, maxAddresses));
  for (const [i, address] of addresses.entries())
    errors.push(...validateAddress(address, type, `${at}.addresses[${i}]`));
  if (nodeName !== undefined)
    errors.push(...invalidFor(nameIsDNSSubdomain(nodeName, false), `${at}.nodeName`, nodeName));
  const topology = Object.keys(deprecatedTopology ?? {}).length;
  if (topology > maxTopology) errors.push(tooMany(`${at}.deprecatedTopology`, topology, maxTopology));
  errors.push(...validateLabels(deprecatedTopology, `${at}.deprecatedTopology`));
  if (hostname !== undefined)
    errors.push(...invalidFor(isDNS1123Label(hostname), `${at}.hostname`, hostname));
  const zones = hints?.forZones ?? [];
  if (zones.length > maxZones) return [...errors, tooMany(`${at}.hints.forZones`, zones.length, maxZones)];
  const seen = new Set<string>();
  for (const [i, { name = '' }] of zones.entries()) {
    if (seen.has(name)) errors.push(duplicate(`${at}.hints.forZones[${i}].name`, name));
    seen.add(name);
    errors.push(...invalidFor(isValidLabelValue(name), `${at}.hints.forZones[${i}].name`, name));
  }
  return errors;
}

function validateAddress(address: string, type: string, field: string): FieldError[] {
  if (type === 'IPv4')
    return [...isValidIPv4Address(field, address), ...validateNonSpecialIp(address, field)];
  if (type === 'IPv6')
    return [...isValidIPv6Address(field, address), ...validateNonSpecialIp(address, field)];
  return type === 'FQDN' ? validateDomain(address, field) : [];
}

/** Mirrors IsFullyQualifiedDomainName. */
function validateDomain(text: string, field: string): FieldError[] {
  if (text === '') return [required(field)];
  const name = text.replace(/\.$/, '');
  const messages = isDNS1123Subdomain(name);
  if (messages.length > 0) return [invalid(field, name, messages.join(','))];
  const labels = name.split('.');
  if (labels.length < 2)
    return [invalid(field, name, 'should be a domain with at least two segments separated by dots')];
  for (const label of labels) {
    const problems = isDNS1123Label(label);
    if (problems.length > 0) return [invalid(field, label, problems.join(','))];
  }
  return [];
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, { name = '', protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${i}]`;
    if (name !== '') errors.push(...invalidFor(isDNS1123Label(name), `${at}.name`, name));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    if (appProtocol !== undefined)
      errors.push(...invalidFor(isQualifiedName(appProtocol), `${at}.appProtocol`, appProtocol));
  }
  return errors;
}

export const endpointSlice: ResourceDefinition = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  tracksGeneration: true,
  defaults(draft) {
    for (const port of asKind<EndpointSlice>(draft).ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate,
  validateUpdate(object, old) {
    const type = asKind<EndpointSlice>(object).addressType;
    const changed = type !== asKind<EndpointSlice>(old).addressType;
    return [...validate(object), ...(changed ? [invalid('addressType', type, immutableMessage)] : [])];
  },
  table: endpointSliceTable,
};
