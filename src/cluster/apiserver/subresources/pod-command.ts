import type { Pod } from '../../../kube/api/core-v1.ts';
import { badRequest, plainFailure } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import { booleanParameter } from '../chain/request-info.ts';
import type { RequestContext, ResourceApi, SubresourcePlugin } from '../contracts.ts';
import type { KubeletApi, StreamEnd, StreamIo } from '../node-access.ts';
import { type Command, type CommandOptions, messageOf } from '../streams/command-session.ts';
import { serveSpdyCommand, spdyCommandProtocols } from '../streams/spdy-command.ts';
import {
  negotiateSpdy,
  spdyUpgrade,
  type Upgrade,
  upgradeOf,
  webSocketRefusal,
  webSocketUpgrade,
} from '../streams/upgrade.ts';
import { commandProtocols, newestCommandProtocol } from '../streams/websocket/channels.ts';
import { serveWebSocketCommand } from '../streams/websocket-command.ts';
import { refusalBefore } from './before-upgrade.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { containerOf, type KubeletLocation, kubeletOf, podOf, refOf } from './pod-location.ts';

/** Runs a command in a container. Mirrors registry/core/pod/rest.ExecREST and, behind it, the kubelet's getExec. */
export const podExec = (deps: ConnectDeps): SubresourcePlugin =>
  commandPlugin('exec', 'PodExecOptions', deps);

/** Joins the main process. */
export const podAttach = (deps: ConnectDeps): SubresourcePlugin =>
  commandPlugin('attach', 'PodAttachOptions', deps);

type Verb = 'exec' | 'attach';

function commandPlugin(name: Verb, kind: string, deps: ConnectDeps): SubresourcePlugin {
  return {
    group: '',
    resource: 'pods',
    name,
    kind: { group: '', version: 'v1', kind },
    verbs: ['create', 'get'],
    connects: true,
    handle: (context, api) => connect(name, kind, context, api, deps),
  };
}

/** A command as it was asked for. */
interface Asked {
  readonly verb: Verb;
  readonly pod: Pod;
  readonly container: string;
  readonly command: readonly string[];
  readonly options: CommandOptions;
  /** With names as the kubelet's URL has them, sorted. */
  readonly sent: string;
}

async function connect(
  verb: Verb,
  kind: string,
  context: RequestContext,
  api: ResourceApi,
  { nodes, wire }: ConnectDeps,
): Promise<ApiResponse> {
  const { query } = context.info;
  const flag = (name: string) => booleanParameter(query, name) === true;
  const wanted = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr'), tty: flag('tty') };
  const command = verb === 'exec' ? query.getAll('command') : [];
  const container = query.get('container') ?? '';
  await api.admit(
    context,
    {
      apiVersion: 'v1',
      kind,
      metadata: {},
      ...wanted,
      ...(container === '' ? {} : { container }),
      ...(verb === 'exec' ? { command } : {}),
    },
    undefined,
  );
  const pod = podOf(context, api.reader);
  const asked: Asked = {
    verb,
    pod,
    container: containerOf(pod, container),
    command,
    // With a terminal everything comes by stdout.
    options: { ...wanted, stderr: wanted.stderr && !wanted.tty },
    sent: kubeletQuery(wanted, command),
  };
  const location = kubeletOf(pod, api.reader, nodes);
  const upgrade = upgradeOf(context.request);
  if (upgrade === undefined) throw badRequest('Upgrade request required');
  if (upgrade.kind === 'websocket' && upgrade.protocols.includes(newestCommandProtocol.name))
    return (
      webSocketRefusal(context.request) ??
      webSocketUpgrade(upgrade.key, newestCommandProtocol.name, (channel) =>
        serveWebSocketCommand(channel, newestCommandProtocol, translated(asked, location), wire),
      )
    );
  return atKubelet(context, upgrade, asked, location, wire);
}

function kubeletQuery(wanted: CommandOptions, command: readonly string[]): string {
  const sent = command.map((word) => `command=${encodeURIComponent(word).replaceAll('%20', '+')}`);
  if (wanted.stderr) sent.push('error=1');
  if (wanted.stdin) sent.push('input=1');
  if (wanted.stdout) sent.push('output=1');
  if (wanted.tty) sent.push('tty=1');
  return sent.length === 0 ? '' : `?${sent.join('&')}`;
}

/**
 * What the kubelet answers to the request that is handed on to it: for SPDY, and for WebSockets with older protocols.
 */
async function atKubelet(
  context: RequestContext,
  upgrade: Upgrade,
  asked: Asked,
  { kubelet }: KubeletLocation,
  wire: ConnectDeps['wire'],
): Promise<ApiResponse> {
  if (typeof kubelet === 'string') throw plainFailure(`error dialing backend: ${kubelet}`);
  const { stdin, stdout, stderr } = asked.options;
  if (!stdin && !stdout && !stderr)
    return textResponse(400, 'you must specify at least 1 of stdin, stdout, stderr\n');
  const refused = await refusalBefore(kubelet, refOf(asked.pod), asked.verb, asked.container);
  if (refused !== undefined) return refused;
  const command: Command = {
    ...common(asked, kubelet),
    exitText: (code) => `error executing command [${asked.command.join(' ')}], exit code ${code}`,
    refusalText: (error) => `error ${doing[asked.verb]} container: ${messageOf(error)}`,
  };
  if (upgrade.kind === 'websocket') {
    const { protocols } = upgrade;
    const wanted = protocols.length === 0 ? [''] : protocols;
    const protocol = wanted
      .map((name) => commandProtocols.find((one) => one.name === name))
      .find((one) => one !== undefined);
    if (protocol === undefined)
      return textResponse(403, `requested protocol(s) are not supported: [${protocols.join(' ')}]\n`);
    return (
      webSocketRefusal(context.request) ??
      webSocketUpgrade(upgrade.key, protocol.name, (channel) =>
        serveWebSocketCommand(channel, protocol, command, wire),
      )
    );
  }
  if (upgrade.kind !== 'spdy')
    return textResponse(400, 'unable to upgrade: missing upgrade headers in request\n');
  const protocol = negotiateSpdy(upgrade.protocols, spdyCommandProtocols);
  if (typeof protocol !== 'string') return protocol;
  return spdyUpgrade(protocol, (channel) => serveSpdyCommand(channel, protocol, command, wire));
}

const doing = { exec: 'executing command in', attach: 'attaching to' } as const;

function common(asked: Asked, kubelet: KubeletApi): Pick<Command, 'options' | 'run' | 'doing'> {
  const { verb, pod, container, command, options } = asked;
  const run = async (io: StreamIo): Promise<StreamEnd> => {
    if (verb === 'exec') return kubelet.exec(refOf(pod), container, command, io);
    const end = await kubelet.attach(refOf(pod), container, io);
    // How the main process ended is the Pod's to tell: joining it went well.
    return end.kind === 'exit' ? { kind: 'exit', exitCode: 0 } : end;
  };
  return { options, run, doing: doing[verb] };
}

/**
 * What the API server itself does between a v5 WebSocket and the kubelet: it upgrades first, and tells through the error
 * channel what goes wrong later. Mirrors apiserver/pkg/util/proxy.StreamTranslatorHandler.
 */
function translated(asked: Asked, { url, kubelet }: KubeletLocation): Command {
  const { verb, pod, container, options } = asked;
  const { namespace, name } = refOf(pod);
  const cannotUpgrade = (error: unknown) => `unable to upgrade connection: ${messageOf(error)}`;
  if (typeof kubelet === 'string') {
    const sent = `Post "${url}/${verb}/${namespace}/${name}/${container}${asked.sent}"`;
    return refusing(asked, `error sending request: ${sent}: ${kubelet}`);
  }
  if (!options.stdin && !options.stdout && !options.stderr)
    return refusing(asked, cannotUpgrade(new Error('you must specify at least 1 of stdin, stdout, stderr')));
  const { run, ...rest } = common(asked, kubelet);
  return {
    ...rest,
    async run(io) {
      await kubelet.prepare?.(refOf(pod), verb, container);
      const end = await run(io);
      // It reads the kubelet's status, and tells it as an error of its own.
      if (end.kind === 'exit') return end;
      const known = new RegExp(`^(?:Internal error occurred: )?error ${doing[verb]} container: `);
      throw new TranslatedFailure(
        `Internal error occurred: error ${doing[verb]} container: ${end.message.replace(known, '')}`,
      );
    },
    exitText: (code) => `command terminated with exit code ${code}`,
    refusalText: (error) => (error instanceof TranslatedFailure ? error.message : cannotUpgrade(error)),
  };
}

class TranslatedFailure extends Error {}

function refusing({ verb, options }: Asked, text: string): Command {
  return {
    options,
    doing: doing[verb],
    run: () => Promise.reject(new Error(text)),
    exitText: String,
    refusalText: () => text,
  };
}
