import type { Volume } from '../../../../kube/api/core-v1.ts';
import { isSeccompProfile } from './baseline.ts';
import { type Check, containersNamed, isWindows, plural, quoteAll, settersOf, sorted } from './check.ts';

const VOLUME_TYPES: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** In the order of upstream's ids. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    since: 8,
    check(pod) {
      if (isWindows(pod)) return undefined;
      const bad = pod.containers.filter(
        ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
      );
      if (bad.length === 0) return undefined;
      return {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${containersNamed(bad.map(({ name }) => name))} must set securityContext.allowPrivilegeEscalation=false`,
      };
    },
  },
  {
    id: 'capabilities_restricted',
    since: 22,
    overrides: 'capabilities_baseline',
    check(pod) {
      if (isWindows(pod)) return undefined;
      const missing: string[] = [];
      const adding: string[] = [];
      const forbidden: string[] = [];
      for (const { name, securityContext } of pod.containers) {
        const { drop = [], add = [] } = securityContext?.capabilities ?? {};
        if (!drop.includes('ALL')) missing.push(name);
        const bad = add.filter((capability) => capability !== 'NET_BIND_SERVICE');
        if (bad.length > 0) adding.push(name);
        forbidden.push(...bad);
      }
      const details = [
        ...(missing.length > 0
          ? [`${containersNamed(missing)} must set securityContext.capabilities.drop=["ALL"]`]
          : []),
        ...(adding.length > 0
          ? [
              `${containersNamed(adding)} must not include ${quoteAll(sorted(forbidden))} in securityContext.capabilities.add`,
            ]
          : []),
      ];
      return details.length === 0
        ? undefined
        : { reason: 'unrestricted capabilities', detail: details.join('; ') };
    },
  },
  {
    id: 'restrictedVolumes',
    overrides: 'hostPathVolumes',
    check({ spec }) {
      const bad = (spec.volumes ?? []).filter(
        (volume) => !VOLUME_TYPES.some((type) => volume[type] !== undefined),
      );
      if (bad.length === 0) return undefined;
      const types = sorted(
        bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'),
      );
      const names = `${plural(bad.length, 'volume')} ${quoteAll(bad.map(({ name }) => name))}`;
      return {
        reason: 'restricted volume types',
        detail: `${names} ${plural(bad.length, 'uses', 'use')} ${plural(types.length, 'restricted volume type')} ${quoteAll(types)}`,
      };
    },
  },
  {
    id: 'runAsNonRoot',
    check(pod) {
      const { who } = settersOf(
        pod,
        (context) => context.runAsNonRoot,
        (value) => !value,
      );
      const reason = 'runAsNonRoot != true';
      if (who.length > 0)
        return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` };
      if (pod.spec.securityContext?.runAsNonRoot === true) return undefined;
      const silent = pod.containers.filter(({ securityContext }) => securityContext?.runAsNonRoot == null);
      if (silent.length === 0) return undefined;
      return {
        reason,
        detail: `pod or ${containersNamed(silent.map(({ name }) => name))} must set securityContext.runAsNonRoot=true`,
      };
    },
  },
  {
    id: 'runAsUser',
    since: 23,
    check(pod) {
      const { who } = settersOf(
        pod,
        (context) => context.runAsUser,
        (value) => value === 0,
      );
      if (who.length === 0) return undefined;
      return { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
    },
  },
  {
    id: 'seccompProfile_restricted',
    since: 19,
    overrides: 'seccompProfile_baseline',
    check(pod) {
      if (isWindows(pod)) return undefined;
      const reason = 'seccompProfile';
      const { who, values } = settersOf(
        pod,
        (context) => context.seccompProfile?.type,
        (type) => !isSeccompProfile(type),
      );
      if (who.length > 0)
        return {
          reason,
          detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoteAll(sorted(values))}`,
        };
      if (pod.spec.securityContext?.seccompProfile !== undefined) return undefined;
      const silent = pod.containers.filter(
        ({ securityContext }) => securityContext?.seccompProfile === undefined,
      );
      if (silent.length === 0) return undefined;
      return {
        reason,
        detail: `pod or ${containersNamed(silent.map(({ name }) => name))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      };
    },
  },
];
