import { parseQuantity } from '../quantity.ts';
import { goTypeOf, shortGoType } from './go-type.ts';
import type { BuiltinSchemas } from './load.ts';
import type { FieldSchema, Schema, StructSchema } from './schema.ts';

/**
 * An object as apimachinery's dump.ForHash prints its Go struct (`%#v` of go-spew): every field in the order of its
 * declaration, with its type, set or not. Names made of a hash (`pod-template-hash`) are made of this text. Only for what a
 * Pod's template is made of.
 */
export function goPrint(schemas: BuiltinSchemas, schema: StructSchema, value: object): string {
  return `(${goTypeOf(schema)})${structText(schemas, schema, value as Values)}`;
}

type Values = { readonly [key: string]: unknown };

/** Structs that hold another one without a name of its own. */
const embedded: ReadonlyMap<string, string> = new Map([
  ['core/v1.EphemeralContainer', 'core/v1.EphemeralContainerCommon'],
  ['core/v1.Probe', 'core/v1.ProbeHandler'],
  ['core/v1.Volume', 'core/v1.VolumeSource'],
  ...[
    'SecretKeySelector',
    'ConfigMapKeySelector',
    'SecretEnvSource',
    'ConfigMapEnvSource',
    'ConfigMapProjection',
    'SecretProjection',
    'ConfigMapVolumeSource',
  ].map((name) => [`core/v1.${name}`, 'core/v1.LocalObjectReference'] as const),
]);

/** Go's names of fields that are not the JSON name with a capital. */
const goNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    dnsPolicy: 'DNSPolicy',
    dnsConfig: 'DNSConfig',
    serviceAccount: 'DeprecatedServiceAccount',
    os: 'OS',
    ip: 'IP',
    uid: 'UID',
    tty: 'TTY',
    apiVersion: 'APIVersion',
    apiGroup: 'APIGroup',
    seLinuxOptions: 'SELinuxOptions',
    seLinuxChangePolicy: 'SELinuxChangePolicy',
    fsGroup: 'FSGroup',
    fsGroupChangePolicy: 'FSGroupChangePolicy',
    fsType: 'FSType',
    gmsaCredentialSpecName: 'GMSACredentialSpecName',
    gmsaCredentialSpec: 'GMSACredentialSpec',
    httpGet: 'HTTPGet',
    httpHeaders: 'HTTPHeaders',
    tcpSocket: 'TCPSocket',
    grpc: 'GRPC',
    gcePersistentDisk: 'GCEPersistentDisk',
    awsElasticBlockStore: 'AWSElasticBlockStore',
    nfs: 'NFS',
    iscsi: 'ISCSI',
    rbd: 'RBD',
    cephfs: 'CephFS',
    fc: 'FC',
    storageos: 'StorageOS',
    csi: 'CSI',
    sslEnabled: 'SSLEnabled',
    diskURI: 'DataDiskURI',
    wwids: 'WWIDs',
    iqn: 'IQN',
    iscsiInterface: 'ISCSIInterface',
    chapAuthDiscovery: 'DiscoveryCHAPAuth',
    chapAuthSession: 'SessionCHAPAuth',
    pdName: 'PDName',
  }),
);
const goNamesOf: { readonly [goType: string]: { readonly [name: string]: string } } = {
  'core/v1.RBDVolumeSource': {
    monitors: 'CephMonitors',
    image: 'RBDImage',
    pool: 'RBDPool',
    user: 'RadosUser',
  },
  'core/v1.GlusterfsVolumeSource': { endpoints: 'EndpointsName' },
};
/** Here the JSON name of metadata stands for a struct without a name. */
const withMetadata: ReadonlySet<string> = new Set([
  'core/v1.PodTemplateSpec',
  'core/v1.PersistentVolumeClaimTemplate',
]);

function nameOf(struct: StructSchema, { name }: FieldSchema): string {
  if (name === 'metadata' && withMetadata.has(struct.goType)) return 'ObjectMeta';
  return (
    goNamesOf[struct.goType]?.[name] ?? goNames.get(name) ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  );
}

function structText(schemas: BuiltinSchemas, struct: StructSchema, values: Values): string {
  const innerType = embedded.get(struct.goType);
  const inner = innerType === undefined ? undefined : schemas.structOf(innerType);
  const parts: string[] = [];
  let told = false;
  for (const field of struct.fields.values()) {
    if (inner?.fields.has(field.name) === true) {
      if (!told) {
        const type = goTypeOf(inner);
        parts.push(`${shortName(inner)}:(${type})${structText(schemas, inner, values)}`);
      }
      told = true;
      continue;
    }
    parts.push(`${nameOf(struct, field)}:${fieldText(schemas, field, values[field.name])}`);
  }
  return `{${parts.join(' ')}}`;
}

function shortName({ goType }: StructSchema): string {
  return shortGoType(goType).replace(/^v1\./, '');
}

function fieldText(schemas: BuiltinSchemas, { schema, pointer }: FieldSchema, value: unknown): string {
  const type = `${pointer ? '*' : ''}${goTypeOf(schema)}`;
  if (pointer && (value === undefined || value === null)) return `(${type})<nil>`;
  return `(${type})${valueText(schemas, schema, value)}`;
}

function valueText(schemas: BuiltinSchemas, schema: Schema, value: unknown): string {
  switch (schema.kind) {
    case 'struct':
      return structText(schemas, schema, (value ?? {}) as Values);
    case 'list': {
      const items = (value ?? []) as readonly unknown[];
      if (items.length === 0) return '<nil>';
      return `[${items.map((item) => valueText(schemas, schema.items, item)).join(' ')}]`;
    }
    case 'map': {
      const entries = Object.entries((value ?? {}) as Values).sort(([a], [b]) => (a < b ? -1 : 1));
      if (entries.length === 0) return '<nil>';
      return `map[${entries.map(([key, item]) => `${key}:${valueText(schemas, schema.values, item)}`).join(' ')}]`;
    }
    default:
      return scalarText(schema.scalar, value);
  }
}

function scalarText(scalar: string, value: unknown): string {
  switch (scalar) {
    case 'bool':
      return String(value ?? false);
    case 'int32':
    case 'int64':
    case 'float64':
      return String(value ?? 0);
    case 'intOrString':
      return typeof value === 'string'
        ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`
        : `{Type:(intstr.Type)0 IntVal:(int32)${value ?? 0} StrVal:(string)}`;
    case 'time':
      return '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}';
    case 'quantity':
      return quantityText(String(value ?? '0'));
    default:
      return String(value ?? '');
  }
}

function quantityText(amountText: string): string {
  const { unscaled, scale, format, text } = parseQuantity(amountText);
  const amount = `i:(resource.int64Amount){value:(int64)${unscaled} scale:(resource.Scale)${scale}}`;
  const exact = 'd:(resource.infDecAmount){Dec:(*inf.Dec)<nil>}';
  return `{${amount} ${exact} s:(string)${text} Format:(resource.Format)${format}}`;
}
