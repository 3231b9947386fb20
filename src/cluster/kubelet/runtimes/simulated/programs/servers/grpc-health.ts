import type { HttpRequest, HttpResponse } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { listenUntilEnd, reply } from './serve.ts';

const notFound = 5;
const unimplemented = 12;

/** `agnhost grpc-health-checking`: healthy for so many seconds, or until somebody says otherwise over HTTP. */
export async function grpcHealthChecking(
  sys: Syscalls,
  flag: (name: string, usual: string) => string,
): Promise<number> {
  const startedMs = sys.now();
  const [port, httpPort] = [Number(flag('port', '5000')), Number(flag('http-port', '8080'))];
  const unhealthyAfter = Number(flag('delay-unhealthy-sec', '-1'));
  const service = flag('service', '');
  let forced: boolean | undefined;
  const stamp = () => new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const check = async (request: HttpRequest): Promise<HttpResponse> => {
    // HTTP/1.1 is nothing that it understands: the connection ends.
    if (request.headers['content-type'] !== 'application/grpc') throw new Error('no gRPC');
    if (request.path !== '/grpc.health.v1.Health/Check')
      return refused(unimplemented, `unknown service ${request.path.split('/')[1] ?? ''}`);
    await sys.err(
      `${stamp()} Serving the Check request for health check, started at ${new Date(startedMs).toISOString()}\n`,
    );
    if (serviceOf(request.body ?? new Uint8Array(0)) !== service) return refused(notFound, 'unknown service');
    const late = unhealthyAfter >= 0 && sys.now() - startedMs >= unhealthyAfter * 1000;
    // HealthCheckResponse.status: 1 SERVING, 2 NOT_SERVING.
    return answered(Buffer.from([0, 0, 0, 0, 2, 0x08, forced === true || late ? 2 : 1]));
  };
  const force = async (request: HttpRequest): Promise<HttpResponse> => {
    if (request.path !== '/make-serving' && request.path !== '/make-not-serving')
      return reply(404, '404 page not found\n');
    forced = request.path === '/make-not-serving';
    await sys.err(`${stamp()} Mark as ${forced ? 'unhealthy' : 'healthy'}\n`);
    return reply(200, `${(sys.now() - startedMs) / 1000}s`);
  };
  await sys.err(
    `${stamp()} Http server starting to listen on :${httpPort}\n${stamp()} gRPC server starting to listen on :${port}\n`,
  );
  return Promise.race([
    listenUntilEnd(sys, port, { kind: 'http', handle: check }),
    listenUntilEnd(sys, httpPort, { kind: 'http', handle: force }),
  ]);
}

const answered = (body: Uint8Array, more: { readonly [name: string]: string } = {}): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/grpc', 'grpc-status': '0', ...more },
  body,
});

const refused = (code: number, message: string): HttpResponse =>
  answered(new Uint8Array(0), { 'grpc-status': String(code), 'grpc-message': message });

/** HealthCheckRequest: its only field, after the frame's five bytes. */
function serviceOf(body: Uint8Array): string {
  if (body[5] !== 0x0a) return '';
  const start = (body[6] ?? 0) < 0x80 ? 7 : 8;
  return Buffer.from(body.subarray(start)).toString('utf8');
}
