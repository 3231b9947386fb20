import type { Service } from '../api/core-v1.ts';
import { duplicate, type FieldError, forbiddenField, GoText } from '../field-error.ts';
import { goStruct } from '../go-syntax.ts';
import { goIntOrString } from '../int-or-string.ts';

/** A port as Go prints the internal type; only what tells two of them apart is filled in. */
function goPortKey(protocol: string, port: number): GoText {
  return goStruct('core.ServicePort', [
    ['Name', ''],
    ['Protocol', protocol],
    ['AppProtocol', new GoText('(*string)(nil)')],
    ['Port', port],
    ['TargetPort', goIntOrString(0)],
    ['NodePort', 0],
  ]);
}

export function validateDistinctPorts({ spec = {} }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const ports = [...(spec.ports ?? []).entries()];
  if (spec.type === 'ClusterIP')
    for (const [i, { nodePort }] of ports)
      if (nodePort)
        errors.push(
          forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"),
        );
  const nodePorts = new Set<string>();
  for (const [i, { nodePort, protocol }] of ports) {
    if (!nodePort) continue;
    if (nodePorts.has(`${protocol}/${nodePort}`))
      errors.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(`${protocol}/${nodePort}`);
  }
  const numbers = new Set<string>();
  for (const [i, { port, protocol }] of ports) {
    if (numbers.has(`${protocol}/${port}`))
      errors.push(duplicate(`spec.ports[${i}]`, goPortKey(protocol ?? '', port ?? 0)));
    numbers.add(`${protocol}/${port}`);
  }
  return errors;
}
