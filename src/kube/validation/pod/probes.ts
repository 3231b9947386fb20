import type {
  Container,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  ProbeHandler,
} from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../field-error.ts';
import type { IntOrString } from '../../int-or-string.ts';
import { isHTTPHeaderName, isValidPortName, isValidPortNum } from '../../names.ts';
import type { PodOptions } from './options.ts';
import { invalidFor, nonNegative, oneOfGiven, onlyOne } from './report.ts';

/** Probes and lifecycle hooks. `grace`: the Pod's terminationGracePeriodSeconds. */

function validatePortNumberOrName(port: IntOrString | undefined, field: string): FieldError[] {
  if (typeof port === 'string') return invalidFor(field, port, isValidPortName(port));
  return invalidFor(field, port ?? 0, isValidPortNum(port ?? 0));
}

function validateHttpGet(http: HTTPGetAction, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!http.path) errors.push(required(`${field}.path`));
  errors.push(...validatePortNumberOrName(http.port, `${field}.port`));
  errors.push(...oneOfGiven(`${field}.scheme`, http.scheme ?? '', ['HTTP', 'HTTPS']));
  for (const { name = '' } of http.httpHeaders ?? [])
    errors.push(...invalidFor(`${field}.httpHeaders`, name, isHTTPHeaderName(name)));
  return errors;
}

function validateSleep(
  seconds: number,
  grace: number | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  if (grace === undefined) return [];
  if (options.zeroSleep)
    return seconds < 0 || seconds > grace
      ? [
          invalid(
            field,
            seconds,
            `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
          ),
        ]
      : [];
  return seconds <= 0 || seconds > grace
    ? [
        invalid(
          field,
          seconds,
          `must be greater than 0 and less than terminationGracePeriodSeconds (${grace}). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.`,
        ),
      ]
    : [];
}

function validateHandler(
  handler: ProbeHandler & LifecycleHandler,
  grace: number | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const { errors, count } = onlyOne('handler type', [
    {
      field: `${field}.exec`,
      given: Boolean(exec),
      check: () => (exec?.command?.length ? [] : [required(`${field}.exec.command`)]),
    },
    {
      field: `${field}.httpGet`,
      given: Boolean(httpGet),
      check: () => (httpGet ? validateHttpGet(httpGet, `${field}.httpGet`) : []),
    },
    {
      field: `${field}.tcpSocket`,
      given: Boolean(tcpSocket),
      check: () => validatePortNumberOrName(tcpSocket?.port, `${field}.tcpSocket.port`),
    },
    {
      field: `${field}.grpc`,
      given: Boolean(grpc),
      check: () => validatePortNumberOrName(grpc?.port, `${field}.grpc.port`),
    },
    {
      field: `${field}.sleep`,
      given: Boolean(sleep),
      check: () => validateSleep(sleep?.seconds ?? 0, grace, `${field}.sleep`, options),
    },
  ]);
  if (count === 0) errors.push(required(field, 'must specify a handler type'));
  return errors;
}

export function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  grace: number | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  if (lifecycle?.postStart)
    errors.push(...validateHandler(lifecycle.postStart, grace, `${field}.postStart`, options));
  if (lifecycle?.preStop)
    errors.push(...validateHandler(lifecycle.preStop, grace, `${field}.preStop`, options));
  return errors;
}

function validateProbe(
  probe: Probe,
  grace: number | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors = validateHandler(probe, grace, field, options);
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const)
    errors.push(...nonNegative(`${field}.${key}`, probe[key]));
  const own = probe.terminationGracePeriodSeconds;
  if (typeof own === 'number' && own <= 0)
    errors.push(invalid(`${field}.terminationGracePeriodSeconds`, own, 'must be greater than 0'));
  return errors;
}

/** The three probes of a container, in upstream's order. */
export function validateProbes(
  container: Container,
  grace: number | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[key];
    if (!probe) continue;
    const at = `${field}.${key}`;
    errors.push(...validateProbe(probe, grace, at, options));
    if (key !== 'readinessProbe') {
      if ((probe.successThreshold ?? 0) !== 1)
        errors.push(invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
    } else if (typeof probe.terminationGracePeriodSeconds === 'number')
      errors.push(
        invalid(
          `${at}.terminationGracePeriodSeconds`,
          probe.terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      );
  }
  return errors;
}

const sidecarOnly = 'may not be set for init containers without restartPolicy=Always';

/** What an init container that ends may not have. */
export function refuseProbes(container: Container, field: string): FieldError[] {
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((key) => container[key])
    .map((key) => forbiddenField(`${field}.${key}`, sidecarOnly));
}
