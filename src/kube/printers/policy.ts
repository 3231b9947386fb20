import type {
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../api/admissionregistration-v1.ts';
import type { CertificateSigningRequest } from '../api/certificates-v1.ts';
import type { Lease } from '../api/coordination-v1.ts';
import type { ResourceQuota } from '../api/core-v1.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../api/flowcontrol-v1.ts';
import type { RuntimeClass } from '../api/node-v1.ts';
import type { PriorityClass } from '../api/scheduling-v1.ts';
import { humanDuration } from '../duration.ts';
import { asKind } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

export const resourceQuotaTable: TableDefinition = {
  columns: [
    nameColumn,
    ageColumn,
    column('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.'),
    column(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    ),
  ],
  cells(object, now) {
    const { metadata, status } = asKind<ResourceQuota>(object);
    const hard = status?.hard ?? {};
    const parts = Object.keys(hard)
      .sort()
      .map((name) => ({ name, text: `${name}: ${status?.used?.[name] ?? '0'}/${hard[name]}` }));
    const texts = (limits: boolean) =>
      parts
        .filter(({ name }) => name.startsWith('limits.') === limits)
        .map(({ text }) => text)
        .join(', ');
    return [metadata?.name ?? '', ageSince(metadata?.creationTimestamp, now), texts(false), texts(true)];
  },
};

export const leaseTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
    ),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec } = asKind<Lease>(object);
    return [metadata?.name ?? '', spec?.holderIdentity ?? '', ageSince(metadata?.creationTimestamp, now)];
  },
};

export const priorityClassTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Value',
      'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
      'integer',
    ),
    column(
      'Global-Default',
      'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.',
      'boolean',
    ),
    ageColumn,
    column(
      'PreemptionPolicy',
      'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.',
    ),
  ],
  cells(object, now) {
    const { metadata, value, globalDefault, preemptionPolicy } = asKind<PriorityClass>(object);
    return [
      metadata?.name ?? '',
      value ?? 0,
      globalDefault ?? false,
      ageSince(metadata?.creationTimestamp, now),
      preemptionPolicy ?? '',
    ];
  },
};

export const runtimeClassTable: TableDefinition = {
  columns: [nameColumn, column('Handler', ''), ageColumn],
  cells(object, now) {
    const { metadata, handler } = asKind<RuntimeClass>(object);
    return [metadata?.name ?? '', handler ?? '', ageSince(metadata?.creationTimestamp, now)];
  },
};

/** Both kinds of webhook configurations. */
export const webhookTable = (kind: 'mutating' | 'validating'): TableDefinition => ({
  columns:
    kind === 'mutating'
      ? [
          nameColumn,
          column(
            'Webhooks',
            'Webhooks indicates the number of webhooks registered in this configuration',
            'integer',
          ),
          ageColumn,
        ]
      : [
          nameColumn,
          column(
            'Webhooks',
            'Webhooks indicates the number of webhooks registered in this configuration',
            'integer',
          ),
          ageColumn,
        ],
  cells(object, now) {
    const { metadata, webhooks } = asKind<MutatingWebhookConfiguration>(object);
    return [metadata?.name ?? '', webhooks?.length ?? 0, ageSince(metadata?.creationTimestamp, now)];
  },
});

export const validatingAdmissionPolicyTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Validations',
      'Validations indicates the number of validation rules defined in this configuration',
      'integer',
    ),
    column('ParamKind', 'ParamKind specifies the kind of resources used to parameterize this policy'),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec } = asKind<ValidatingAdmissionPolicy>(object);
    const param = spec?.paramKind;
    return [
      metadata?.name ?? '',
      spec?.validations?.length ?? 0,
      param === undefined ? '<unset>' : `${param.apiVersion ?? ''}/${param.kind ?? ''}`,
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};

export const validatingAdmissionPolicyBindingTable: TableDefinition = {
  columns: [
    nameColumn,
    column('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to'),
    column('ParamRef', 'ParamRef indicates the param resource which sets the configration param'),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec } = asKind<ValidatingAdmissionPolicyBinding>(object);
    const ref = spec?.paramRef;
    const param = ref?.name
      ? `${ref.namespace || '*'}/${ref.name}`
      : ref?.selector
        ? JSON.stringify(ref.selector)
        : '<unset>';
    return [metadata?.name ?? '', spec?.policyName ?? '', param, ageSince(metadata?.creationTimestamp, now)];
  },
};

export const certificateSigningRequestTable: TableDefinition = {
  columns: [
    nameColumn,
    ageColumn,
    column(
      'SignerName',
      'Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it\'s a kubelet client certificate, it is assigned\n    "kubernetes.io/kube-apiserver-client-kubelet".\n 2. If it\'s a kubelet serving certificate, it is assigned\n    "kubernetes.io/kubelet-serving".\n 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\nDistribution of trust for signers happens out of band. You can select on this field using `spec.signerName`.',
    ),
    column('Requestor', 'Base64-encoded PKCS#10 CSR data'),
    column(
      'RequestedDuration',
      'expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.',
    ),
    column('Condition', 'Conditions applied to the request, such as approval or denial.'),
  ],
  cells(object, now) {
    const { metadata, spec, status } = asKind<CertificateSigningRequest>(object);
    const has = (type: string) => (status?.conditions ?? []).some((condition) => condition.type === type);
    const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
    return [
      metadata?.name ?? '',
      ageSince(metadata?.creationTimestamp, now),
      spec?.signerName || '<none>',
      spec?.username ?? '',
      spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
      `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`,
    ];
  },
};

export const flowSchemaTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'PriorityLevel',
      '`name` is the name of the priority level configuration being referenced Required.',
    ),
    column(
      'MatchingPrecedence',
      '`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. The chosen FlowSchema is among those with the numerically lowest (which we take to be logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in [1,10000]. Note that if the precedence is not specified, it will be set to 1000 as default.',
    ),
    column(
      'DistinguisherMethod',
      '`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.',
    ),
    ageColumn,
    column('MissingPL', 'references a broken or non-existent PriorityLevelConfiguration'),
  ],
  cells(object, now) {
    const { metadata, spec, status } = asKind<FlowSchema>(object);
    return [
      metadata?.name ?? '',
      spec?.priorityLevelConfiguration?.name ?? '',
      spec?.matchingPrecedence ?? 0,
      spec?.distinguisherMethod?.type ?? '<none>',
      ageSince(metadata?.creationTimestamp, now),
      (status?.conditions ?? []).find(({ type }) => type === 'Dangling')?.status ?? '?',
    ];
  },
};

export const priorityLevelTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Type',
      '`type` indicates whether this priority level is subject to limitation on request execution.  A value of `"Exempt"` means that requests of this priority level are not subject to a limit (and thus are never queued) and do not detract from the capacity made available to other priority levels.  A value of `"Limited"` means that (a) requests of this priority level _are_ subject to limits and (b) some of the server\'s limited capacity is made available exclusively to this priority level. Required.',
    ),
    column(
      'NominalConcurrencyShares',
      '`nominalConcurrencyShares` (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level. This is used both for requests dispatched from this priority level as well as requests dispatched from other priority levels borrowing seats from this level. The server\'s concurrency limit (ServerCL) is divided among the Limited priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger nominal concurrency limit, at the expense of every other priority level.\n\nIf not specified, this field defaults to a value of 30.\n\nSetting this field to zero supports the construction of a "jail" for this priority level that is used to hold some request(s)',
    ),
    column(
      'Queues',
      '`queues` is the number of queues for this priority level. The queues exist independently at each apiserver. The value must be positive.  Setting it to 1 effectively precludes shufflesharding and thus makes the distinguisher method of associated flow schemas irrelevant.  This field has a default value of 64.',
    ),
    column(
      'HandSize',
      "`handSize` is a small positive number that configures the shuffle sharding of requests into queues.  When enqueuing a request at this priority level the request's flow identifier (a string pair) is hashed and the hash value is used to shuffle the list of queues and deal a hand of the size specified here.  The request is put into one of the shortest queues in that hand. `handSize` must be no larger than `queues`, and should be significantly smaller (so that a few heavy flows do not saturate most of the queues).  See the user-facing documentation for more extensive guidance on setting this field.  This field has a default value of 8.",
    ),
    column(
      'QueueLengthLimit',
      '`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time; excess requests are rejected.  This value must be positive.  If not specified, it will be defaulted to 50.',
    ),
    ageColumn,
  ],
  cells(object, now) {
    const { metadata, spec } = asKind<PriorityLevelConfiguration>(object);
    const queuing = spec?.limited?.limitResponse?.queuing;
    return [
      metadata?.name ?? '',
      spec?.type ?? '',
      spec?.limited === undefined ? '<none>' : (spec.limited.nominalConcurrencyShares ?? 0),
      queuing === undefined ? '<none>' : (queuing.queues ?? 0),
      queuing === undefined ? '<none>' : (queuing.handSize ?? 0),
      queuing === undefined ? '<none>' : (queuing.queueLengthLimit ?? 0),
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};
