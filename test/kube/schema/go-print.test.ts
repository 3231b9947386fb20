import { describe, expect, it } from 'vitest';
import { safeEncode, templateHash } from '../../../src/cluster/controllers/pods/template-hash.ts';
import { goPrint } from '../../../src/kube/schema/go-print.ts';
import { builtinSchemas, schemaOf } from '../../helpers/kubeSchemas.ts';

/** A template as the server keeps it. */
const template = (app: string, container: object, spec: object = {}) => ({
  metadata: { creationTimestamp: null as unknown as string, labels: { app } },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'busybox:1.37',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
        ...container,
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
  },
});
const web = { name: 'web', image: 'nginx:1.29-alpine' };
const loop = 'trap "echo got TERM; exit 0" TERM; echo started; while :; do sleep 1 & wait $!; done';
const lasting = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 15 });

describe('the hash of a Pod template', () => {
  // What real clusters of 1.32 made of these.
  it.each([
    ['54cb9cb45', template('web', web)],
    ['d75ddd697', template('agent', { command: ['sh', '-c', loop] })],
    ['785fbc8cb7', template('agent', { ...web, image: 'nginx:1.28-alpine' })],
    [
      '55f5d44f8d',
      template('web', {
        ...web,
        readinessProbe: {
          httpGet: { path: '/', port: 80, scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 2,
          successThreshold: 1,
          failureThreshold: 3,
        },
      }),
    ],
    [
      '79b877c965',
      template(
        'scratch',
        { command: ['sh', '-c', loop], volumeMounts: [{ name: 'd', mountPath: '/d' }] },
        { volumes: [{ name: 'd', emptyDir: {} }] },
      ),
    ],
    [
      '9bdcfc4d7',
      template('web', web, {
        tolerations: [lasting('node.kubernetes.io/not-ready'), lasting('node.kubernetes.io/unreachable')],
      }),
    ],
    [
      'ff9fdf69b',
      template('mostrador', {
        name: 'mostrador',
        image: 'nginx:1.27',
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
      }),
    ],
    ['5869d7778c', template('nginx', { name: 'nginx', image: 'nginx', imagePullPolicy: 'Always' })],
  ])('is %s as upstream says', (hash, made) => {
    expect(templateHash(made, undefined, builtinSchemas)).toBe(hash);
  });

  it('is another one after a collision, and for another template', () => {
    const hashes = [undefined, 0, 1].map((count) => templateHash(template('a', {}), count, builtinSchemas));
    expect(new Set([...hashes, templateHash(template('b', {}), undefined, builtinSchemas)]).size).toBe(4);
  });

  it('does without the types, with letters of the same alphabet', () => {
    const hash = templateHash(template('a', {}), undefined, undefined);
    expect(hash).toMatch(/^[bcdf-hj-np-tv-z2-9]{1,10}$/);
    expect(safeEncode(4294967295)).toHaveLength(10);
  });
});

describe('an object as Go prints it', () => {
  it('has every field, amounts and ports taken apart, and empty lists as none', () => {
    const struct = schemaOf('', 'v1', 'Pod');
    const text = goPrint(builtinSchemas, struct, {
      spec: {
        containers: [
          {
            name: 'c',
            args: [],
            resources: { limits: { memory: '64Mi', cpu: '250m' } },
            livenessProbe: { httpGet: { port: 'web' } },
            env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'k' } } }],
          },
        ],
      },
    });
    expect(text).toContain('Args:([]string)<nil>');
    expect(text).toContain(
      'Limits:(v1.ResourceList)map[cpu:{i:(resource.int64Amount){value:(int64)250 scale:(resource.Scale)-3} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)250m Format:(resource.Format)DecimalSI} memory:{i:(resource.int64Amount){value:(int64)67108864 scale:(resource.Scale)0}',
    );
    expect(text).toContain(
      'Port:(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)web}',
    );
    expect(text).toContain(
      'ConfigMapKeyRef:(*v1.ConfigMapKeySelector){LocalObjectReference:(v1.LocalObjectReference){Name:(string)m} Key:(string)k Optional:(*bool)<nil>}',
    );
  });
});
