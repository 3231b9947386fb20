import type { Random } from '../../../base/random.ts';
import type { Service } from '../../../kube/api/core-v1.ts';
import {
  type FieldError,
  GoText,
  goQuote,
  internalFieldError,
  invalid,
  invalidObject,
} from '../../../kube/field-error.ts';
import { asKind } from '../../../kube/object.ts';
import { heldAllocations, missingAllocations, specOf } from '../../../kube/service-needs.ts';
import { internalError } from '../../../kube/status.ts';
import type { Change, Store } from '../../store/store.ts';
import type { WriteHook } from './call.ts';

/** 10.0.0.0/16: upstream hands out the first 256 only when asked for, or when nothing else is left. */
const base = '10.0';
const size = 65536;
const staticBand = 256;
const firstPort = 30000;
const lastPort = 32767;
const randomTries = 32;

const ipKey = (ip: string) => `/ranges/serviceips/${ip}`;
const portKey = (port: number) => `/ranges/servicenodeports/${port}`;

/**
 * Addresses and node ports of Services. Each one taken is a key of its own, written and deleted in the Service's commit:
 * two masters cannot give the same one, and nothing is lost with a process. Mirrors registry/core/service/storage/alloc.go.
 */
export const serviceAllocation: WriteHook = {
  reserve(draft, old, { store, random }) {
    const service = asKind<Service>(draft);
    const before = old === undefined ? undefined : heldAllocations(asKind<Service>(old));
    const errors = fill(service, store, random, before);
    if (errors.length > 0) throw invalidObject('', 'Service', draft.metadata.name ?? '', errors);
    const held = heldAllocations(service);
    const owner = Buffer.from(`${draft.metadata.namespace ?? ''}/${draft.metadata.name ?? ''}`);
    return changesBetween(keysOf(before), keysOf(held), owner);
  },
  release(old) {
    return changesBetween(keysOf(heldAllocations(asKind<Service>(old))), new Set(), undefined);
  },
};

type Held = ReturnType<typeof heldAllocations>;

function keysOf(held: Held | undefined): ReadonlySet<string> {
  if (held === undefined) return new Set();
  return new Set([...held.clusterIps.map(ipKey), ...held.nodePorts.map(({ port }) => portKey(port))]);
}

function changesBetween(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  owner: Uint8Array | undefined,
): readonly Change[] {
  const changes: Change[] = [];
  for (const key of after) if (!before.has(key)) changes.push({ key, expectedRevision: 0, value: owner });
  for (const key of before) if (!after.has(key)) changes.push({ key, value: undefined });
  return changes;
}

function fill(service: Service, store: Store, random: Random, before: Held | undefined): FieldError[] {
  const missing = missingAllocations(service);
  const asked = heldAllocations(service);
  const spec = specOf(service);
  const errors: FieldError[] = [];
  for (const ip of asked.clusterIps) {
    const wrong = before?.clusterIps.includes(ip) === true ? undefined : whyNotIp(ip, store);
    if (wrong !== undefined) {
      const given = new GoText(`[]string{${asked.clusterIps.map(goQuote).join(', ')}}`);
      errors.push(invalid('spec.clusterIPs', given, `failed to allocate IP ${ip}: ${wrong}`));
    }
  }
  if (errors.length > 0) return errors;
  if (missing.clusterIp) {
    const ip = freeIp(store, random);
    if (ip === undefined) errors.push(internalFieldError('spec.clusterIPs', 'range is full'));
    else {
      spec.clusterIP = ip;
      spec.clusterIPs = [ip];
    }
  }
  errors.push(...fillPorts(service, store, random, before, missing));
  return errors;
}

function fillPorts(
  service: Service,
  store: Store,
  random: Random,
  before: Held | undefined,
  missing: ReturnType<typeof missingAllocations>,
): FieldError[] {
  const spec = specOf(service);
  const mine = new Set(before?.nodePorts.map(({ port }) => port));
  const errors: FieldError[] = [];
  for (const [i, { nodePort }] of (spec.ports ?? []).entries()) {
    if (!nodePort || mine.has(nodePort)) continue;
    const wrong = whyNotPort(nodePort, store);
    if (wrong !== undefined) errors.push(invalid(`spec.ports[${i}].nodePort`, nodePort, wrong));
    mine.add(nodePort);
  }
  if (errors.length > 0) return errors;
  const byNumber = new Map<number, number>();
  for (const { port, nodePort } of spec.ports ?? []) if (nodePort) byNumber.set(port, nodePort);
  for (const i of missing.nodePorts) {
    const port = spec.ports?.[i];
    if (port === undefined) continue;
    // One number under two protocols gets one node port.
    const shared = byNumber.get(port.port);
    const found = shared ?? freePort(store, random, mine);
    if (found === undefined)
      return [
        internalFieldError(`spec.ports[${i}].nodePort`, 'failed to allocate a nodePort: range is full'),
      ];
    port.nodePort = found;
    byNumber.set(port.port, found);
    mine.add(found);
  }
  if (missing.healthCheckNodePort) {
    const found = freePort(store, random, mine);
    if (found !== undefined) spec.healthCheckNodePort = found;
  }
  const health = spec.healthCheckNodePort ?? 0;
  if (health !== 0 && !mine.has(health) && spec.type === 'LoadBalancer') {
    const wrong = whyNotPort(health, store);
    if (wrong !== undefined)
      throw internalError(`failed to allocate requested HealthCheck NodePort ${health}: ${wrong}`);
  }
  return errors;
}

function whyNotIp(ip: string, store: Store): string | undefined {
  const parts = ip.split('.').map(Number);
  const offset = (parts[2] ?? 0) * 256 + (parts[3] ?? 0);
  if (`${parts[0]}.${parts[1]}` !== base || parts.length !== 4 || offset <= 0 || offset >= size - 1)
    return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${base}.0.0/16`;
  return store.get(ipKey(ip)) === undefined ? undefined : 'provided IP is already allocated';
}

function whyNotPort(port: number, store: Store): string | undefined {
  if (port < firstPort || port > lastPort)
    return `provided port is not in the valid range. The range of valid ports is ${firstPort}-${lastPort}`;
  return store.get(portKey(port)) === undefined ? undefined : 'provided port is already allocated';
}

function freeIp(store: Store, random: Random): string | undefined {
  const text = (offset: number) => `${base}.${Math.floor(offset / 256)}.${offset % 256}`;
  const free = (offset: number) => store.get(ipKey(text(offset))) === undefined;
  for (let i = 0; i < randomTries; i++) {
    const offset = staticBand + 1 + random.int(size - staticBand - 2);
    if (free(offset)) return text(offset);
  }
  for (let offset = staticBand + 1; offset < size - 1; offset++) if (free(offset)) return text(offset);
  for (let offset = 1; offset <= staticBand; offset++) if (free(offset)) return text(offset);
  return undefined;
}

function freePort(store: Store, random: Random, mine: ReadonlySet<number>): number | undefined {
  const free = (port: number) => !mine.has(port) && store.get(portKey(port)) === undefined;
  for (let i = 0; i < randomTries; i++) {
    const port = firstPort + random.int(lastPort - firstPort + 1);
    if (free(port)) return port;
  }
  for (let port = firstPort; port <= lastPort; port++) if (free(port)) return port;
  return undefined;
}
