import type { EndpointAddress, EndpointPort, Endpoints } from '../api/core-v1.ts';
import { type FieldError, notSupported, required } from '../field-error.ts';
import { isValidIP } from '../ip.ts';
import { isDNS1123Label, isQualifiedName, isValidPortNum, nameIsDNSSubdomain } from '../names.ts';
import { asKind, type KubeObject } from '../object.ts';
import { endpointsTable } from '../printers/networking.ts';
import { invalidFor } from '../validation/messages.ts';
import { validateNonSpecialIp } from '../validation/non-special-ip.ts';
import type { ResourceDefinition } from './definition.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

function validateAddress({ ip = '', hostname, nodeName }: EndpointAddress, at: string): FieldError[] {
  const errors = isValidIP(`${at}.ip`, ip);
  if (hostname) errors.push(...invalidFor(isDNS1123Label(hostname), `${at}.hostname`, hostname));
  if (nodeName !== undefined)
    errors.push(...invalidFor(nameIsDNSSubdomain(nodeName, false), `${at}.nodeName`, nodeName));
  return [...errors, ...validateNonSpecialIp(ip, `${at}.ip`)];
}

function validatePort(port: EndpointPort, named: boolean, at: string): FieldError[] {
  const { name = '', protocol, appProtocol } = port;
  const errors: FieldError[] = [];
  if (named && name === '') errors.push(required(`${at}.name`));
  else if (name !== '') errors.push(...invalidFor(isDNS1123Label(name), `${at}.name`, name));
  errors.push(...invalidFor(isValidPortNum(port.port ?? 0), `${at}.port`, port.port ?? 0));
  if (!protocol) errors.push(required(`${at}.protocol`));
  else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  if (appProtocol !== undefined)
    errors.push(...invalidFor(isQualifiedName(appProtocol), `${at}.appProtocol`, appProtocol));
  return errors;
}

/** Mirrors validateEndpointSubsets. */
function validate(object: KubeObject): FieldError[] {
  return (asKind<Endpoints>(object).subsets ?? []).flatMap((subset, i) => {
    const at = `subsets[${i}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    return [
      ...(addresses.length + notReadyAddresses.length === 0
        ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
        : []),
      ...addresses.flatMap((address, j) => validateAddress(address, `${at}.addresses[${j}]`)),
      ...notReadyAddresses.flatMap((address, j) => validateAddress(address, `${at}.notReadyAddresses[${j}]`)),
      ...ports.flatMap((port, j) => validatePort(port, ports.length > 1, `${at}.ports[${j}]`)),
    ];
  });
}

export const endpoints: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  namespaced: true,
  shortNames: ['ep'],
  allowCreateOnUpdate: true,
  defaults(draft) {
    for (const subset of asKind<Endpoints>(draft).subsets ?? [])
      for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  validate,
  table: endpointsTable,
};
