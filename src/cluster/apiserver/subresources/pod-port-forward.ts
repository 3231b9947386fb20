import type { KubeObject } from '../../../kube/object.ts';
import { badRequest, plainFailure } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import type { RequestContext, SubresourcePlugin } from '../contracts.ts';
import type { KubeletApi, PodRef } from '../node-access.ts';
import type { DialPort } from '../streams/port-forward.ts';
import { serveSpdyPortForward, spdyForwardProtocols } from '../streams/spdy-port-forward.ts';
import {
  negotiateSpdy,
  spdyUpgrade,
  type Upgrade,
  upgradeOf,
  webSocketRefusal,
  webSocketUpgrade,
} from '../streams/upgrade.ts';
import { tunnelChannel } from '../streams/websocket/tunnel.ts';
import {
  forwardedPorts,
  forwardProtocols,
  serveWebSocketPortForward,
} from '../streams/websocket-port-forward.ts';
import { refusalBefore } from './before-upgrade.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { kubeletOf, podOf, refOf } from './pod-location.ts';

/** Mirrors registry/core/pod/rest.PortForwardREST and, behind it, the kubelet's getPortForward. */
export function podPortForward({ nodes, wire }: ConnectDeps): SubresourcePlugin {
  return {
    group: '',
    resource: 'pods',
    name: 'portforward',
    kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
    verbs: ['create', 'get'],
    connects: true,
    async handle(context, api) {
      const ports = context.info.query.getAll('ports').map(Number).filter(Number.isInteger);
      const options: KubeObject = {
        apiVersion: 'v1',
        kind: 'PodPortForwardOptions',
        metadata: {},
        ...(ports.length === 0 ? {} : { ports }),
      };
      await api.admit(context, options, undefined);
      const pod = podOf(context, api.reader);
      const { kubelet } = kubeletOf(pod, api.reader, nodes);
      const upgrade = upgradeOf(context.request);
      if (upgrade === undefined) throw badRequest('Upgrade request required');
      if (typeof kubelet === 'string') throw plainFailure(`error dialing backend: ${kubelet}`);
      const ref = refOf(pod);
      return (
        (await refusalBefore(kubelet, ref, 'portforward', '')) ?? answer(context, upgrade, kubelet, ref, wire)
      );
    },
  };
}

const tunnelPrefix = 'SPDY/3.1+';

function answer(
  context: RequestContext,
  upgrade: Upgrade,
  kubelet: KubeletApi,
  pod: PodRef,
  wire: ConnectDeps['wire'],
): ApiResponse {
  const dial: DialPort = (port) => kubelet.portForward(pod, port);
  if (upgrade.kind === 'spdy') {
    const protocol = negotiateSpdy(upgrade.protocols, spdyForwardProtocols);
    if (typeof protocol !== 'string') return protocol;
    return spdyUpgrade(protocol, (channel) => serveSpdyPortForward(channel, pod.uid, dial, wire));
  }
  if (upgrade.kind !== 'websocket')
    return textResponse(400, 'unable to upgrade: missing upgrade headers in request\n');
  const refused = webSocketRefusal(context.request);
  if (refused !== undefined) return refused;
  // kubectl's own way since 1.31: SPDY inside of a WebSocket.
  const tunnelled = upgrade.protocols
    .filter((name) => name.startsWith(tunnelPrefix) && name.endsWith('.k8s.io'))
    .map((name) => name.slice(tunnelPrefix.length));
  if (tunnelled.length > 0) {
    const protocol = negotiateSpdy(tunnelled, spdyForwardProtocols);
    if (typeof protocol !== 'string') return protocol;
    return webSocketUpgrade(upgrade.key, `${tunnelPrefix}${protocol}`, (channel) =>
      serveSpdyPortForward(tunnelChannel(channel), pod.uid, dial, wire),
    );
  }
  const wanted = upgrade.protocols.length === 0 ? [''] : upgrade.protocols;
  const protocol = wanted
    .map((name) => forwardProtocols.find((one) => one.name === name))
    .find((one) => one !== undefined);
  if (protocol === undefined)
    return textResponse(403, `requested protocol(s) are not supported: [${upgrade.protocols.join(' ')}]\n`);
  const ports = forwardedPorts(context.info.query);
  if (typeof ports === 'string') return textResponse(400, `${ports}\n`);
  return webSocketUpgrade(upgrade.key, protocol.name, (channel) =>
    serveWebSocketPortForward(channel, protocol, ports, pod.uid, dial, wire),
  );
}
