import type { Container, Volume, VolumeDevice, VolumeMount } from '../../api/core-v1.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  notSupported,
  required,
} from '../../field-error.ts';
import { localDescending, noBacksteps } from './paths.ts';
import { oneOfGiven } from './report.ts';

/** Where a container sees volumes. `volumes`: those of the Pod that are right, by name. */
export type VolumesByName = ReadonlyMap<string, Volume>;

const last = (entries: readonly (readonly [string, string])[]) => new Map(entries);

function validatePropagation(mount: VolumeMount, container: Container, field: string): FieldError[] {
  const { mountPropagation } = mount;
  if (mountPropagation === undefined || mountPropagation === null) return [];
  const errors = oneOfGiven(field, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true)
    errors.push(
      forbiddenField(field, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  return errors;
}

function validateRecursiveReadOnly(mount: VolumeMount, field: string): FieldError[] {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === null || recursiveReadOnly === 'Disabled')
    return [];
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return [notSupported(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(forbiddenField(field, 'may only be specified when readOnly is true'));
  if (mountPropagation && mountPropagation !== 'None')
    errors.push(
      forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'),
    );
  return errors;
}

export function validateVolumeMounts(
  container: Container,
  volumes: VolumesByName,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const devices = last(
    (container.volumeDevices ?? []).map((device) => [device.name ?? '', device.devicePath ?? '']),
  );
  const devicePaths = new Set(devices.values());
  const points = new Set<string>();
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${field}[${i}]`;
    const { name = '', mountPath = '', subPath = '', subPathExpr = '' } = mount;
    if (name === '') errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFoundField(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (points.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    points.add(mountPath);
    if (devices.has(name))
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath))
      errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    if (volumes.get(name)?.image)
      for (const [key, value] of [
        ['subPath', subPath],
        ['subPathExpr', subPathExpr],
      ] as const)
        if (value !== '') errors.push(invalid(`${at}.${key}`, value, 'not allowed in image volume sources'));
    // From here on upstream forgets the index.
    if (subPath !== '') errors.push(...localDescending(subPath, `${field}.subPath`));
    if (subPathExpr !== '') {
      if (subPath !== '')
        errors.push(
          invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
        );
      errors.push(...localDescending(subPathExpr, `${field}.subPathExpr`));
    }
    errors.push(...validatePropagation(mount, container, `${field}.mountPropagation`));
    errors.push(...validateRecursiveReadOnly(mount, `${field}.recursiveReadOnly`));
  }
  return errors;
}

export function validateVolumeDevices(
  devices: readonly VolumeDevice[] | undefined,
  mounts: readonly VolumeMount[] | undefined,
  volumes: VolumesByName,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const mounted = last((mounts ?? []).map((mount) => [mount.name ?? '', mount.mountPath ?? '']));
  const mountPaths = new Set(mounted.values());
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, { name = '', devicePath = '' }] of (devices ?? []).entries()) {
    const at = `${field}[${i}]`;
    const volume = volumes.get(name);
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(
        invalid(
          `${at}.name`,
          name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      );
    if (!volume) errors.push(notFoundField(`${at}.name`, name));
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath !== '' && noBacksteps(devicePath, '').length > 0)
      errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounted.has(name)) errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath))
      errors.push(
        invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'),
      );
    if (name !== '') names.add(name);
  }
  return errors;
}
