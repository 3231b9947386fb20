import type { Clock } from '../../../base/clock.ts';
import type { HttpResponse, NetworkInterface } from '../../network/contract.ts';

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
/** google.golang.org/grpc/codes, by number. */
const codes =
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  );

/**
 * Asks grpc.health.v1.Health/Check. In the simulated network a call is a message like any other, with its status where HTTP/2 has
 * trailers; whoever answers anything else speaks no gRPC, and the connection never comes about. Undefined: it serves; otherwise
 * what is wrong. Mirrors pkg/probe/grpc.
 */
export async function grpcProbe(
  clock: Clock,
  from: NetworkInterface,
  { ip, port, service }: { readonly ip: string; readonly port: number; readonly service: string },
  timeoutMs: number,
): Promise<string | undefined> {
  const untilMs = clock.now() + timeoutMs;
  const ending = new AbortController();
  const cancel = clock.after(timeoutMs, () => ending.abort(new Error('timeout')));
  const within = `${timeoutMs / 1000}s`;
  let connected = false;
  let answer: HttpResponse | undefined;
  try {
    const asked = from.http(ip, port, checkRequest(`${ip}:${port}`, service), ending.signal, (reached) => {
      connected = reached === 'connection';
    });
    const late = new Promise<undefined>((resolve) =>
      ending.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    );
    answer = await Promise.race([asked, late]);
  } catch {
    // A refusal, or an answer that is no gRPC, is tried again until the time is over.
    connected = false;
  } finally {
    cancel();
  }
  if (answer?.headers['content-type'] === 'application/grpc') return judged(answer);
  if (answer === undefined && connected) return `timeout: health rpc did not complete within ${within}`;
  await clock.sleep(Math.max(0, untilMs - clock.now()));
  return `timeout: failed to connect service "${ip}:${port}" within ${within}: context deadline exceeded`;
}

function judged({ headers, body }: HttpResponse): string | undefined {
  const code = Number(headers['grpc-status'] ?? 0);
  const message = headers['grpc-message'] ?? '';
  if (codes[code] === 'Unimplemented')
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
  if (code !== 0)
    return `error: health rpc probe failed: rpc error: code = ${codes[code] ?? `Code(${code})`} desc = ${message}`;
  // A frame's five bytes, the tag of field 1, its value; an empty message is the zero value.
  const status = statuses[body[6] ?? 0] ?? 'UNKNOWN';
  return status === 'SERVING' ? undefined : `service unhealthy (responded with "${status}")`;
}

function checkRequest(host: string, service: string) {
  const name = Buffer.from(service.slice(0, 255), 'utf8');
  const length =
    name.length < 0x80 ? [name.length] : [0x80 | (name.length & 0x7f), Math.floor(name.length / 0x80)];
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return {
    method: 'POST',
    path: '/grpc.health.v1.Health/Check',
    headers: {
      host,
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.32 grpc-go/1.65.0',
      te: 'trailers',
    },
    body: Buffer.concat([frame, message]),
  };
}
