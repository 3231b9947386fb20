import { plural } from '../base/text.ts';
import { FaultRefused, type ProbeReport } from './control/contract.ts';
import { type ProbeReport as Probe, ProbeRefused } from './network/probe.ts';
import type { RouteStep } from './network/router.ts';

type Step = ProbeReport['steps'][number];
const good = (text: string): Step => ({ ok: true, text });
const bad = (text: string): Step => ({ ok: false, text });

/** What happened to a request on its way, in plain Spanish. */
export function probeReport(probe: Probe): ProbeReport {
  const steps: Step[] = [good(`Sale de ${probe.from.ip}, en ${probe.from.node}.`), ...nameSteps(probe)];
  for (const { steps: route, seenAs } of probe.tries) {
    steps.push(...route.map(routeStep));
    if (seenAs !== undefined && seenAs !== probe.from.ip)
      steps.push(good(`Quien contesta cree que le llama ${seenAs}: por el camino se cambió el origen.`));
  }
  if (probe.result.kind === 'failed') {
    steps.push(bad(`${failures[probe.result.code] ?? probe.result.message} (tras ${probe.tookMs} ms).`));
    return { steps };
  }
  const { status, body } = probe.result.response;
  steps.push(good(`Contesta en ${probe.tookMs} ms.`));
  return {
    steps,
    response: {
      status,
      body: Buffer.from(body)
        .toString('utf8')
        .slice(0, 64 * 1024),
    },
  };
}

const failures: { readonly [code: string]: string } = {
  ECONNREFUSED: 'Conexión rechazada: alguien dijo que no enseguida',
  ETIMEDOUT: 'Se acabó el tiempo: nadie contestó, ni para decir que no',
  EHOSTUNREACH: 'No hay camino hasta ahí',
  ENOTFOUND: 'Ese nombre no existe',
  ECONNRESET: 'El otro lado cortó la conexión',
  EAI_AGAIN: 'Sin nombres no se llega a ninguna parte',
};

function nameSteps({ host, name }: Probe): readonly Step[] {
  if (name === undefined) return [];
  const { answer } = name;
  if (answer === undefined)
    return [
      bad(
        name.code === 'EAI_AGAIN'
          ? 'Ningún servidor de nombres contesta: CoreDNS no tiene endpoints, o una NetworkPolicy no deja llegar a él.'
          : `El DNS del clúster no conoce «${host}».`,
      ),
    ];
  const through = answer.name === host ? '' : ` (es ${answer.name})`;
  return [good(`El DNS dice que ${host}${through} está en ${answer.values.join(', ')}.`)];
}

const nobody: {
  readonly [why in Extract<RouteStep, { kind: 'nobody' }>['why']]: (address: string) => string;
} = {
  outside: (address) => `${address} está fuera del clúster, y de aquí no sale nada.`,
  'no such address': (address) => `Nadie tiene la dirección ${address}.`,
  'no rule': (address) =>
    `Ninguna regla del nodo conoce ${address}: la dirección es de un Service, y ese puerto no.`,
};

function routeStep(step: RouteStep): Step {
  switch (step.kind) {
    case 'rule':
      if (step.outcome === 'endpoint')
        return good(
          `Una regla de ${step.node === '' ? 'la máquina' : step.node} reparte el Service ${step.service} entre ${plural(step.endpoints.length, 'endpoint')} y elige ${step.chosen ?? ''}.`,
        );
      return bad(
        step.endpoints.length === 0
          ? `El Service ${step.service} no tiene ningún endpoint listo: la regla rechaza la conexión.`
          : `La regla del Service ${step.service} no la deja pasar${step.why === undefined ? '' : `: ${step.why}`}.`,
      );
    case 'policy': {
      const way = step.direction === 'ingress' ? 'entrada' : 'salida';
      const names = step.policies.join(', ');
      return step.allowed
        ? good(`La NetworkPolicy ${names} permite esta ${way}.`)
        : bad(`La NetworkPolicy ${names} no permite esta ${way}: el paquete se tira sin avisar.`);
    }
    case 'host port':
      return good(`El puerto ${step.port} de ${step.node} lleva a ${step.to}.`);
    case 'cut':
      return bad(`De ${step.from} no se llega a ${step.to}: una de las dos máquinas está apagada o aislada.`);
    case 'nobody':
      return bad(nobody[step.why](step.address));
    case 'port':
      return step.open
        ? good(`En ${step.address} hay quien escucha.`)
        : bad(`En ${step.address} nadie escucha en ese puerto.`);
  }
}

/** Why it could not even be tried. What is no refusal comes back as it is. */
export function probeRefusal(
  error: unknown,
  pod: { readonly namespace: string; readonly name: string },
): unknown {
  if (!(error instanceof ProbeRefused)) return error;
  switch (error.why) {
    case 'no such Pod':
      return new FaultRefused(`No hay ningún Pod «${pod.name}» en marcha en el namespace ${pod.namespace}.`);
    case 'no URL':
      return new FaultRefused('Eso no es una dirección HTTP. Escribe algo como http://mostrador:8080/ruta.');
    case 'only http':
      return new FaultRefused('Solo se puede probar http, no https ni otros protocolos.');
  }
}
