import type { SecurityContext } from '../../../../kube/api/core-v1.ts';
import { type Check, containersNamed, plural, quoteAll, settersOf, sorted } from './check.ts';

const CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);
/** Allowed sysctls and the minor version since which they are. */
const SYSCTLS = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
]);
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

export const isSeccompProfile = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost';

const profileOf = (context: Pick<SecurityContext, 'seccompProfile'>) => context.seccompProfile?.type;

/** In the order of upstream's ids. */
export const baselineChecks: readonly Check[] = [
  {
    id: 'appArmorProfile',
    check(pod) {
      const allowed = (type: string) => type === 'RuntimeDefault' || type === 'Localhost';
      const { who, values } = settersOf(
        pod,
        (context) => context.appArmorProfile?.type,
        (t) => !allowed(t),
      );
      const annotations = Object.entries(pod.metadata.annotations ?? {})
        .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !isAppArmorAnnotation(value))
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .sort();
      const setters = [...who, ...(annotations.length > 0 ? [plural(annotations.length, 'annotation')] : [])];
      if (setters.length === 0) return undefined;
      const bad = [...sorted(values), ...annotations];
      return {
        reason: plural(bad.length, 'forbidden AppArmor profile'),
        detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoteAll(bad)}`,
      };
    },
  },
  {
    id: 'capabilities_baseline',
    check({ containers }) {
      const forbidden: string[] = [];
      const bad = containers.filter(({ securityContext }) => {
        const added = (securityContext?.capabilities?.add ?? []).filter((name) => !CAPABILITIES.has(name));
        forbidden.push(...added);
        return added.length > 0;
      });
      if (bad.length === 0) return undefined;
      const who = containersNamed(bad.map(({ name }) => name));
      return {
        reason: 'non-default capabilities',
        detail: `${who} must not include ${quoteAll(sorted(forbidden))} in securityContext.capabilities.add`,
      };
    },
  },
  {
    id: 'hostNamespaces',
    check({ spec }) {
      const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
      if (used.length === 0) return undefined;
      return { reason: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') };
    },
  },
  {
    id: 'hostPathVolumes',
    check({ spec }) {
      const bad = (spec.volumes ?? [])
        .filter(({ hostPath }) => hostPath !== undefined)
        .map(({ name }) => name);
      if (bad.length === 0) return undefined;
      return { reason: 'hostPath volumes', detail: `${plural(bad.length, 'volume')} ${quoteAll(bad)}` };
    },
  },
  {
    id: 'hostPorts',
    check({ containers }) {
      const ports: string[] = [];
      const bad = containers.filter(({ ports: own = [] }) => {
        const used = own.filter(({ hostPort }) => (hostPort ?? 0) !== 0);
        ports.push(...used.map(({ hostPort }) => String(hostPort)));
        return used.length > 0;
      });
      if (bad.length === 0) return undefined;
      const list = sorted(ports);
      const who = containersNamed(bad.map(({ name }) => name));
      return {
        reason: 'hostPort',
        detail: `${who} ${plural(bad.length, 'uses', 'use')} ${plural(list.length, 'hostPort')} ${list.join(', ')}`,
      };
    },
  },
  {
    id: 'privileged',
    check({ containers }) {
      const bad = containers.filter(({ securityContext }) => securityContext?.privileged === true);
      if (bad.length === 0) return undefined;
      return {
        reason: 'privileged',
        detail: `${containersNamed(bad.map(({ name }) => name))} must not set securityContext.privileged=true`,
      };
    },
  },
  {
    id: 'procMount',
    check({ containers }) {
      const types: string[] = [];
      const bad = containers.filter(({ securityContext }) => {
        const type = securityContext?.procMount ?? 'Default';
        if (type !== 'Default') types.push(type);
        return type !== 'Default';
      });
      if (bad.length === 0) return undefined;
      return {
        reason: 'procMount',
        detail: `${containersNamed(bad.map(({ name }) => name))} must not set securityContext.procMount to ${quoteAll(sorted(types))}`,
      };
    },
  },
  {
    id: 'seLinuxOptions',
    check(pod) {
      const allowed = (type: string) =>
        SELINUX_TYPES.has(type) || (pod.minor >= 31 && type === 'container_engine_t');
      const { who, values } = settersOf(
        pod,
        (context) => context.seLinuxOptions,
        ({ type = '', user = '', role = '' }) => !allowed(type) || user !== '' || role !== '',
      );
      if (who.length === 0) return undefined;
      const types = sorted(values.map(({ type = '' }) => type).filter((type) => !allowed(type)));
      const data = [
        ...(types.length > 0 ? [`${plural(types.length, 'type')} ${quoteAll(types)}`] : []),
        ...(values.some(({ user = '' }) => user !== '') ? ['user may not be set'] : []),
        ...(values.some(({ role = '' }) => role !== '') ? ['role may not be set'] : []),
      ];
      return {
        reason: 'seLinuxOptions',
        detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
      };
    },
  },
  {
    id: 'seccompProfile_baseline',
    check(pod) {
      if (pod.minor < 19) return seccompAnnotations(pod.metadata.annotations ?? {}, pod.containers);
      const { who, values } = settersOf(pod, profileOf, (type) => !isSeccompProfile(type));
      if (who.length === 0) return undefined;
      return {
        reason: 'seccompProfile',
        detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoteAll(sorted(values))}`,
      };
    },
  },
  {
    id: 'sysctls',
    check({ spec, minor }) {
      const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
      const bad = names.filter(
        (name) => minor < (SYSCTLS.get(name) ?? Number.POSITIVE_INFINITY) || !SYSCTLS.has(name),
      );
      return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
    },
  },
  {
    id: 'windowsHostProcess',
    check(pod) {
      const { who } = settersOf(
        pod,
        (context) => context.windowsOptions?.hostProcess,
        (value) => value,
      );
      if (who.length === 0) return undefined;
      return {
        reason: 'hostProcess',
        detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`,
      };
    },
  },
];

function isAppArmorAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

function seccompAnnotations(
  annotations: { readonly [key: string]: string },
  containers: readonly { readonly name: string }[],
) {
  const allowed = (value: string) =>
    value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
  const keys = [SECCOMP_POD, ...containers.map(({ name }) => `${SECCOMP_CONTAINER}${name}`)];
  const bad = sorted(
    keys.flatMap((key) => {
      const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
      return value === undefined || allowed(value) ? [] : [`${key}=${JSON.stringify(value)}`];
    }),
  );
  if (bad.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural(bad.length, 'annotation')} ${bad.join(', ')}`,
  };
}
