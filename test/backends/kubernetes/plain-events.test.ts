import { describe, expect, it } from 'vitest';
import { plainEvent } from '../../../src/backends/kubernetes/plain-events.ts';

describe('events in plain Spanish', () => {
  it.each([
    [
      'Pod',
      'Scheduled',
      'Successfully assigned panaderia/web-1 to nodo-2',
      'el planificador puso el Pod web-1 en nodo-2',
    ],
    [
      'Pod',
      'FailedScheduling',
      '0/3 nodes are available: 3 Insufficient cpu.',
      'el planificador no encuentra sitio para el Pod web-1: 0/3 nodes are available: 3 Insufficient cpu.',
    ],
    ['Pod', 'Pulling', 'Pulling image "nginx:1.29"', 'el Pod web-1: se descarga nginx:1.29'],
    ['Pod', 'Started', 'Started container web', 'el Pod web-1: arrancó el contenedor web'],
    ['Pod', 'Killing', 'Stopping container web', 'el Pod web-1: se para el contenedor web'],
    [
      'Pod',
      'BackOff',
      'Back-off pulling image "nginx:9"',
      'el Pod web-1: se espera antes de volver a descargar la imagen',
    ],
    [
      'Pod',
      'BackOff',
      'Back-off restarting failed container web in pod web-1_p(1)',
      'el Pod web-1: se espera antes de volver a arrancar el contenedor, que se cae una y otra vez',
    ],
    ['ReplicaSet', 'SuccessfulCreate', 'Created pod: web-1-x2k', 'el ReplicaSet web-1 creó el Pod web-1-x2k'],
    [
      'ReplicaSet',
      'SuccessfulDelete',
      'Deleted pod: web-1-x2k',
      'el ReplicaSet web-1 borró el Pod web-1-x2k',
    ],
    [
      'StatefulSet',
      'SuccessfulCreate',
      'create Pod web-0 in StatefulSet web successful',
      'el StatefulSet web-1 creó el Pod web-0',
    ],
    [
      'Deployment',
      'ScalingReplicaSet',
      'Scaled up replica set web-7d4 from 0 to 3',
      'el Deployment web-1 sube el ReplicaSet web-7d4 a 3',
    ],
    [
      'Deployment',
      'ScalingReplicaSet',
      'Scaled down replica set web-7d4 from 3 to 0',
      'el Deployment web-1 baja el ReplicaSet web-7d4 a 0',
    ],
    ['Node', 'NodeNotReady', 'Node web-1 status is now: NodeNotReady', 'el nodo web-1 no está listo'],
    [
      'Pod',
      'SandboxChanged',
      'Pod sandbox changed, it will be killed and re-created.',
      'el Pod web-1: su nodo rehace sus contenedores',
    ],
    ['Pod', 'NodeNotReady', 'Node is not ready', 'el Pod web-1: su nodo no está listo'],
    [
      'Pod',
      'TaintManagerEviction',
      'Cancelling deletion of Pod p/web-1',
      'el Pod web-1 se queda: su nodo volvió a tiempo',
    ],
    [
      'Pod',
      'TaintManagerEviction',
      'Marking for deletion Pod p/web-1',
      'el Pod web-1 se desaloja de su nodo',
    ],
    ['Lease', 'LeaderElection', 'master-2_1f became leader', 'master-2 dirige ahora web-1'],
    ['Ingress', 'Unheard', 'something\n  new', 'el Ingress web-1: something new'],
  ])('%s %s: %s', (kind, reason, message, said) => {
    expect(plainEvent({ kind, name: 'web-1', reason, message })).toBe(said);
  });

  it.each(['NodeHasSufficientMemory', 'Pulled', 'Created'])('%s is not worth a line', (reason) => {
    expect(plainEvent({ kind: 'Node', name: 'nodo-1', reason, message: 'x' })).toBeUndefined();
  });

  it.each(['constructor', '__proto__', 'toString'])(
    'a reason called %s is a reason like others',
    (reason) => {
      expect(plainEvent({ kind: 'Pod', name: 'web-1', reason, message: 'x' })).toBe('el Pod web-1: x');
    },
  );
});
