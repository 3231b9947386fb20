import type { Container, ContainerPort } from '../../api/core-v1.ts';
import { duplicate, type FieldError, required } from '../../field-error.ts';
import { isValidPortName, isValidPortNum } from '../../names.ts';
import { invalidFor, oneOf } from './report.ts';

export function validateContainerPorts(
  ports: readonly ContainerPort[] | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, port] of (ports ?? []).entries()) {
    const at = `${field}[${i}]`;
    if (port.name) {
      const problems = isValidPortName(port.name);
      if (problems.length > 0) errors.push(...invalidFor(`${at}.name`, port.name, problems));
      else if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else
      errors.push(
        ...invalidFor(`${at}.containerPort`, port.containerPort, isValidPortNum(port.containerPort)),
      );
    if (port.hostPort)
      errors.push(...invalidFor(`${at}.hostPort`, port.hostPort, isValidPortNum(port.hostPort)));
    errors.push(...oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
  return errors;
}

/** Two containers of a Pod cannot listen on the same port of its node. */
export function hostPortConflicts(containers: readonly Container[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set<string>();
  for (const [c, { ports }] of containers.entries())
    for (const [p, { hostPort, protocol = '', hostIP = '' }] of (ports ?? []).entries()) {
      if (!hostPort) continue;
      const socket = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(socket)) errors.push(duplicate(`${field}[${c}].ports[${p}].hostPort`, socket));
      else taken.add(socket);
    }
  return errors;
}
