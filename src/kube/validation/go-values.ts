import type { ContainerResizePolicy, SecurityContext } from '../api/core-v1.ts';
import { GoText, goQuote } from '../field-error.ts';
import { goPointer, goSlice, goStruct } from '../go-syntax.ts';
import { formatQuantity, type Quantity } from '../quantity.ts';

/** Values of the Pod API as upstream's messages print them: `%#v` of its internal types. */

/** A quantity that was parsed from its canonical text: it remembers the text. */
export function goQuantity(quantity: Quantity, text = formatQuantity(quantity)): GoText {
  return new GoText(
    `resource.Quantity{i:resource.int64Amount{value:${quantity.unscaled}, scale:${quantity.scale}}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:${goQuote(text)}, Format:${goQuote(quantity.format)}}`,
  );
}

/**
 * Part of a thing that is counted. `1.5` and `1500m` look alike once they were decoded; who writes such a number means
 * the former, whose text upstream doesn't keep.
 */
export function goFraction(quantity: Quantity): GoText {
  let { unscaled, scale } = quantity;
  while (unscaled !== 0n && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale++;
  }
  return goQuantity({ ...quantity, unscaled, scale }, '');
}

const set = (value: unknown) => value !== undefined && value !== null;

export function goSecurityContext(context: SecurityContext): GoText {
  const pointer = (type: string, value: unknown) => goPointer(type, set(value));
  return goStruct('core.SecurityContext', [
    ['Capabilities', pointer('core.Capabilities', context.capabilities)],
    ['Privileged', pointer('bool', context.privileged)],
    ['SELinuxOptions', pointer('core.SELinuxOptions', context.seLinuxOptions)],
    ['WindowsOptions', pointer('core.WindowsSecurityContextOptions', context.windowsOptions)],
    ['RunAsUser', pointer('int64', context.runAsUser)],
    ['RunAsGroup', pointer('int64', context.runAsGroup)],
    ['RunAsNonRoot', pointer('bool', context.runAsNonRoot)],
    ['ReadOnlyRootFilesystem', pointer('bool', context.readOnlyRootFilesystem)],
    ['AllowPrivilegeEscalation', pointer('bool', context.allowPrivilegeEscalation)],
    ['ProcMount', pointer('core.ProcMountType', context.procMount)],
    ['SeccompProfile', pointer('core.SeccompProfile', context.seccompProfile)],
    ['AppArmorProfile', pointer('core.AppArmorProfile', context.appArmorProfile)],
  ]);
}

export function goSeccompProfile(type: string): GoText {
  return goStruct('core.SeccompProfile', [
    ['Type', type],
    ['LocalhostProfile', goPointer('string', true)],
  ]);
}

export function goResizePolicy(policies: readonly ContainerResizePolicy[]): GoText {
  const items = policies.map(({ resourceName = '', restartPolicy = '' }) =>
    goStruct('core.ContainerResizePolicy', [
      ['ResourceName', resourceName],
      ['RestartPolicy', restartPolicy],
    ]),
  );
  return goSlice('core.ContainerResizePolicy', items);
}
