/** What the API answers when it refuses: `metav1.Status`. Mirrors apimachinery/pkg/api/errors. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** Thrown by everything that refuses a request; the handler answers with `status`. */
export class StatusError extends Error {
  readonly status: Status;
  /** Extra response headers, such as `Retry-After`. */
  readonly headers: { readonly [name: string]: string };
  constructor(status: Status, headers: { readonly [name: string]: string } = {}) {
    super(status.message ?? status.reason ?? 'refused');
    this.status = status;
    this.headers = headers;
  }
}

/** What a refusal is about: the resource's plural and its group, as `errors.NewNotFound` takes them. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

function qualified({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** A 500 of which upstream gives no reason: an error that is not one of the API's there. */
export function plainFailure(message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code: 500,
  });
}

/** `code` 400–599. `details: undefined` leaves the field out; upstream mostly prints `{}`. */
export function failure(code: number, reason: string, message: string, details?: StatusDetails): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function about(what: GroupResource, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(what.group === '' ? {} : { group: what.group }),
    ...(what.resource === '' ? {} : { kind: what.resource }),
  };
}

export const notFound = (what: GroupResource, name: string): StatusError =>
  failure(404, 'NotFound', `${qualified(what)} "${name}" not found`, about(what, name));

export const alreadyExists = (what: GroupResource, name: string): StatusError =>
  failure(409, 'AlreadyExists', `${qualified(what)} "${name}" already exists`, about(what, name));

export const conflict = (what: GroupResource, name: string, why: string): StatusError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(what)} "${name}": ${why}`,
    about(what, name),
  );

export const forbidden = (what: GroupResource, name: string, why: string): StatusError =>
  failure(
    403,
    'Forbidden',
    what.resource === ''
      ? `forbidden: ${why}`
      : `${qualified(what)} ${name === '' ? 'is' : `"${name}" is`} forbidden: ${why}`,
    about(what, name),
  );

export const badRequest = (message: string): StatusError => failure(400, 'BadRequest', message);
export const unauthorized = (): StatusError => failure(401, 'Unauthorized', 'Unauthorized');
export const internalError = (why: string): StatusError =>
  failure(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
export const gone = (message: string): StatusError => failure(410, 'Expired', message);
export const tooLarge = (message: string): StatusError => failure(413, 'RequestEntityTooLarge', message);
