import type { Volume } from '../../api/core-v1.ts';
import { type FieldError, invalid, notSupported, required, tooLong } from '../../field-error.ts';
import { goStrings } from '../../go-syntax.ts';
import { isDNS1123Label, isDNS1123Subdomain, rangeMessage, utf8Length } from '../../names.ts';
import { invalidFor, oneOfGiven } from './report.ts';
import { need, type SourceKey } from './source-fields.ts';

/** Sources that are somebody's disks: a Pod of the course never mounts them, but they are checked all the same. */

const partitionRule = rangeMessage(1, 255);
const iqn = /iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/;
const eui = /^eui.[A-Za-z0-9]{16}$/;
const naa = /^naa.[A-Za-z0-9]{32}$/;

export function validateCsiDriverName(name: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(field));
  if (utf8Length(name) > 63) errors.push(tooLong(field, '', 63));
  errors.push(...invalidFor(field, name, isDNS1123Subdomain(name.toLowerCase())));
  return errors;
}

function initiatorProblem(text: string): string | undefined {
  if (!/^(iqn|eui|naa)/.test(text)) return 'must be valid format starting with iqn, eui, or naa';
  const pattern = text.startsWith('iqn') ? iqn : text.startsWith('eui') ? eui : naa;
  return text.length <= 1024 && pattern.test(text) ? undefined : 'must be valid format';
}

function validateIscsi(iscsi: NonNullable<Volume['iscsi']>, field: string): FieldError[] {
  const errors = need(field, iscsi, 'targetPortal', 'iqn');
  const problem = iscsi.iqn ? initiatorProblem(iscsi.iqn) : undefined;
  if (problem !== undefined) errors.push(invalid(`${field}.iqn`, iscsi.iqn, problem));
  errors.push(...validateLun(iscsi.lun, `${field}.lun`));
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef)
    errors.push(required(`${field}.secretRef`));
  if (typeof iscsi.initiatorName === 'string') {
    const wrong = initiatorProblem(iscsi.initiatorName);
    if (wrong !== undefined) errors.push(invalid(`${field}.initiatorname`, iscsi.initiatorName, wrong));
  }
  return errors;
}

function validateLun(lun: number | undefined, field: string): FieldError[] {
  return (lun ?? 0) < 0 || (lun ?? 0) > 255 ? [invalid(field, lun, rangeMessage(0, 255))] : [];
}

function validateFc(fc: NonNullable<Volume['fc']>, field: string): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = fc;
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0)
    errors.push(required(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length > 0 && wwids.length > 0)
    errors.push(
      invalid(
        `${field}.targetWWNs`,
        goStrings(targetWWNs),
        'targetWWNs and wwids can not be specified simultaneously',
      ),
    );
  if (targetWWNs.length > 0)
    errors.push(
      ...(typeof lun === 'number'
        ? validateLun(lun, `${field}.lun`)
        : [required(`${field}.lun`, 'lun is required if targetWWNs is specified')]),
    );
  return errors;
}

function validateFlocker(
  { datasetName = '', datasetUUID = '' }: NonNullable<Volume['flocker']>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (datasetName === '' && datasetUUID === '')
    errors.push(required(field, 'one of datasetName and datasetUUID is required'));
  if (datasetName !== '' && datasetUUID !== '')
    errors.push(
      invalid(field, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'),
    );
  if (datasetName.includes('/'))
    errors.push(invalid(`${field}.datasetName`, datasetName, "must not contain '/'"));
  return errors;
}

function validateQuobyte(source: NonNullable<Volume['quobyte']>, field: string): FieldError[] {
  const { registry = '', tenant = '' } = source;
  const errors: FieldError[] = [];
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry === '') errors.push(required(`${field}.registry`, pairs));
  else if (tenant.length >= 65)
    errors.push(required(`${field}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else
    for (const pair of registry.split(','))
      if (!/^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair))
        errors.push(invalid(`${field}.registry`, registry, pairs));
  return [...errors, ...need(field, source, 'volume')];
}

function validateAzureDisk(disk: NonNullable<Volume['azureDisk']>, field: string): FieldError[] {
  const { diskURI = '', cachingMode, kind } = disk;
  const errors = need(field, disk, 'diskName', 'diskURI');
  if (typeof cachingMode === 'string')
    errors.push(...oneOfGiven(`${field}.cachingMode`, cachingMode, ['None', 'ReadOnly', 'ReadWrite']));
  if (typeof kind !== 'string') return errors;
  errors.push(...oneOfGiven(`${field}.kind`, kind, ['Dedicated', 'Managed', 'Shared']));
  const [start, shape] =
    kind === 'Managed'
      ? [
          '/subscriptions/',
          '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
        ]
      : ['https://', 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];
  if (!diskURI.startsWith(start)) errors.push(notSupported(`${field}.diskURI`, diskURI, [shape]));
  return errors;
}

function validateStorageOs(source: NonNullable<Volume['storageos']>, field: string): FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source;
  const errors: FieldError[] =
    volumeName === ''
      ? [required(`${field}.volumeName`)]
      : invalidFor(`${field}.volumeName`, volumeName, isDNS1123Label(volumeName));
  if (volumeNamespace !== '')
    errors.push(...invalidFor(`${field}.volumeNamespace`, volumeNamespace, isDNS1123Label(volumeNamespace)));
  if (secretRef && !secretRef.name) errors.push(required(`${field}.secretRef.name`));
  return errors;
}

function validateFlex(flex: NonNullable<Volume['flexVolume']>, field: string): FieldError[] {
  const errors = need(field, flex, 'driver');
  for (const key of Object.keys(flex.options ?? {}))
    if (/\.(kubernetes|k8s)\.io$/.test(`.${(key.split('/', 2)[0] ?? '').toLowerCase()}`))
      errors.push(
        invalid(`${field}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'),
      );
  return errors;
}

function validateDisk(disk: { partition?: number | undefined }, field: string, id: string): FieldError[] {
  const partition = disk.partition ?? 0;
  const errors = need(field, disk, id);
  return partition < 0 || partition > 255
    ? [...errors, invalid(`${field}.partition`, partition, partitionRule)]
    : errors;
}

/** What must be there, for those of which nothing more is asked. */
const needed: { readonly [key in SourceKey]?: readonly string[] } = {
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cephfs: ['monitors'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  scaleIO: ['gateway', 'system', 'volumeName'],
};

export function validateStorageSource(key: SourceKey, volume: Volume, field: string): FieldError[] {
  const at = `${field}.${key}`;
  // Upstream's path for this one is not its name.
  if (volume.gcePersistentDisk && key === 'gcePersistentDisk')
    return validateDisk(volume.gcePersistentDisk, `${field}.persistentDisk`, 'pdName');
  if (volume.awsElasticBlockStore && key === 'awsElasticBlockStore')
    return validateDisk(volume.awsElasticBlockStore, at, 'volumeID');
  if (volume.iscsi && key === 'iscsi') return validateIscsi(volume.iscsi, at);
  if (volume.fc && key === 'fc') return validateFc(volume.fc, at);
  if (volume.flocker && key === 'flocker') return validateFlocker(volume.flocker, at);
  if (volume.quobyte && key === 'quobyte') return validateQuobyte(volume.quobyte, at);
  if (volume.azureDisk && key === 'azureDisk') return validateAzureDisk(volume.azureDisk, at);
  if (volume.storageos && key === 'storageos') return validateStorageOs(volume.storageos, at);
  if (volume.flexVolume && key === 'flexVolume') return validateFlex(volume.flexVolume, at);
  if (volume.cinder && key === 'cinder') {
    const { secretRef } = volume.cinder;
    const errors = need(at, volume.cinder, 'volumeID');
    return secretRef && !secretRef.name ? [...errors, required(`${at}.secretRef.name`)] : errors;
  }
  return need(at, volume[key] ?? {}, ...(needed[key] ?? []));
}
