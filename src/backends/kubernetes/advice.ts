import { CouldNotLook, type Unavailable } from '../../checks/backend.ts';
import { StatusError } from '../../kube/status.ts';
import { KubeconfigProblem } from './kubeconfig.ts';

/** What a failed look means, in Spanish, with the one thing that mends it. `start`: the command that would. */
export function couldNotLook(error: unknown, start: string): CouldNotLook {
  if (error instanceof CouldNotLook) return error;
  return new CouldNotLook(adviceOf(error, start), { cause: error });
}

function adviceOf(error: unknown, start: string): Unavailable {
  if (error instanceof KubeconfigProblem)
    return { reason: 'cluster-missing', why: error.message, next: error.next };
  if (error instanceof StatusError) return refusalAdvice(error, start);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return { reason: 'cluster-stopped', why: 'El clúster no contesta: no está en marcha.', next: start };
  // A connection that was up: whoever was at its other end went away, and another may be there by now.
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return {
      reason: 'cluster-unsettled',
      why: 'El clúster cortó la conexión mientras contestaba.',
      next: 'Espera unos segundos y vuelve a comprobar.',
    };
  if (/certificate|CERT|self.signed/i.test(`${code} ${message}`))
    return {
      reason: 'cluster-forbidden',
      why: `No se puede confiar en el certificado del clúster: ${message}.`,
      next: 'Vuelve a generar el kubeconfig: quizá el clúster se creó de nuevo.',
    };
  return { reason: 'cluster-stopped', why: `No se llega al clúster: ${message}.`, next: start };
}

function refusalAdvice({ status, message }: StatusError, start: string): Unavailable {
  switch (status.code) {
    case 401:
      return {
        reason: 'cluster-forbidden',
        why: 'El clúster no acepta la credencial del kubeconfig.',
        next: 'Renuévala con la herramienta de tu proveedor y prueba `kubectl get namespaces`.',
      };
    case 403:
      return {
        reason: 'cluster-forbidden',
        why: `El clúster no te deja mirar: ${message}`,
        next: 'Pide permiso de lectura a quien lo administra, o usa otro contexto.',
      };
    // Between two leaders, without a majority, or with too much to do: what it says of itself, and not of the question.
    case 429:
    case 500:
    case 503:
    case 504:
      return {
        reason: 'cluster-unsettled',
        why: `El API server no puede contestar ahora: ${message}`,
        next: 'Espera unos segundos y vuelve a comprobar; si sigue igual, mira si el clúster tiene líder.',
      };
    default:
      return { reason: 'cluster-stopped', why: `El API server no puede contestar: ${message}`, next: start };
  }
}
