// The part of `npm run bench` that measures the built-in cluster: a real one, started by the command, and a client that
// costs little (raw TLS sockets with prepared requests), so that the server is what is measured.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);
const connections = 16;
const seconds = 4;

/** Measures into `add(name, unit, limit, values)`; `limit` is what the issue asks for. `scratch` is a folder to use. */
export async function benchCluster({ cli, scratch, add, skipped }) {
  const kubectl = findKubectl();
  const home = path.join(scratch, 'cluster');
  const env = { ...process.env, CURSO_K8S_HOME: home };
  const curso = (...args) => run(process.execPath, [cli, ...args], { env, maxBuffer: 1 << 26 });
  const starts = [];
  try {
    for (let n = 0; n < 5; n++) {
      const from = performance.now();
      await curso('cluster', 'iniciar', '--masters=3');
      if (kubectl !== undefined)
        await namespaces(kubectl, path.join(home, 'cluster', 'kubeconfig'), path.join(scratch, 'kube'));
      starts.push(performance.now() - from);
      if (n < 4) await curso('cluster', 'borrar', '--si');
    }
    const what =
      kubectl === undefined
        ? 'clúster contesta (3 masters, 3 nodos)'
        : 'cluster iniciar → kubectl get namespaces (3 masters, 3 nodos)';
    add(what, 'ms', 1500, starts);
    const status = JSON.parse((await curso('cluster', 'estado', '--json')).stdout);
    add('memoria del clúster recién iniciado', 'MB', 150, [memoryOf(status.pid)]);
    add('CPU en reposo', '%', 1, [await cpuOf(status.pid, 8)]);
    await throughput(status, add);
    add('memoria del clúster tras la carga', 'MB', undefined, [memoryOf(status.pid)]);
  } catch (error) {
    skipped('clúster integrado', error.message.split('\n')[0]);
  } finally {
    await curso('cluster', 'borrar', '--si').catch(() => undefined);
  }
}

function findKubectl() {
  const named = (process.env.CURSO_KUBECTLS ?? '').split(':').filter(Boolean);
  return [...named, 'kubectl'].find((file) => spawnSync(file, ['version', '--client']).status === 0);
}

async function namespaces(kubectl, kubeconfig, cache) {
  const { stdout } = await run(kubectl, ['get', 'namespaces', '--cache-dir', cache], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  if (!stdout.includes('kube-system')) throw new Error(`kubectl dijo: ${stdout}`);
}

const memoryOf = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Percent of one core over so many seconds. */
async function cpuOf(pid, over) {
  const ticks = () =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')[1]
      .split(' ')
      .slice(11, 13)
      .reduce((sum, one) => sum + Number(one), 0);
  const perSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // What a start leaves to do (compiling, collecting) is over by then.
  await pause(15_000);
  const before = ticks();
  await pause(over * 1000);
  return ((ticks() - before) / perSecond / over) * 100;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function throughput({ url, kubeconfig }, add) {
  const text = readFileSync(kubeconfig, 'utf8');
  const data = (name) => Buffer.from(new RegExp(`${name}-data: (\\S+)`).exec(text)[1], 'base64');
  const connect = () =>
    connection(new URL(url).port, {
      ca: data('certificate-authority'),
      cert: data('client-certificate'),
      key: data('client-key'),
    });
  const lines = await Promise.all(Array.from({ length: connections }, connect));
  const map = (name, bytes) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { x: 'p'.repeat(bytes) },
    });
  const maps = '/api/v1/namespaces/default/configmaps';
  await lines[0].ask(post(maps, map('uno', 1900)));

  const get = Buffer.from(`GET ${maps}/uno HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`);
  await load(lines, 1, () => get, 200); // warm
  add(`GET de 2 kB, ${connections} conexiones`, '/s', -15000, [await load(lines, seconds, () => get, 200)]);

  let number = 0;
  const create = () => post(maps, map(`m-${number++}`, 1900));
  await load(lines, 1, create, 201);
  add(`POST duradero de 2 kB, ${connections} conexiones, 3 masters`, '/s', -2500, [
    await load(lines, seconds, create, 201),
  ]);

  add('suceso → observador 100, p99', 'ms', 25, [await watchers(connect, lines[0], maps, map)]);

  const pods = '/api/v1/namespaces/default/pods';
  let pod = 0;
  const wanted = 5000;
  const makePods = lines.map(async (line) => {
    while (pod < wanted) {
      const answer = await line.ask(post(pods, podText(`p-${pod++}`)));
      if (answer.status !== 201)
        throw new Error(`POST de un Pod: ${answer.status} ${answer.body.slice(0, 200)}`);
    }
  });
  const from = performance.now();
  await Promise.all(makePods);
  add('Pods creados', '/s', undefined, [wanted / ((performance.now() - from) / 1000)]);
  const list = Buffer.from(`GET ${pods} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`);
  const times = [];
  for (let n = 0; n < 7; n++) {
    const start = performance.now();
    const { status, length } = await lines[0].ask(list);
    times.push(performance.now() - start);
    if (status !== 200 || length < wanted * 500) throw new Error(`la lista midió ${length}`);
  }
  add(`lista de ${wanted} Pods`, 'ms', 150, times);
  for (const line of lines) line.end();
}

function podText(name) {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'carga' } },
    // Nobody gives them a node: it is the API that is measured.
    spec: { schedulerName: 'nadie', containers: [{ name: 'c', image: 'nginx:1.27' }] },
  });
}

function post(url, body) {
  return Buffer.from(
    `POST ${url} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Requests answered a second while every line asks without pause. */
async function load(lines, duration, make, expected) {
  let done = 0;
  const from = performance.now();
  const end = from + duration * 1000;
  await Promise.all(
    lines.map(async (line) => {
      while (performance.now() < end) {
        const { status, body } = await line.ask(make());
        if (status !== expected) throw new Error(`contestó ${status}: ${body.slice(0, 200)}`);
        done += 1;
      }
    }),
  );
  return done / ((performance.now() - from) / 1000);
}

/** A hundred watches; the 99th percentile of the time from the POST being sent to the last of them having seen it. */
async function watchers(connect, writer, maps, map) {
  const count = 100;
  const seen = new Map();
  const open = await Promise.all(Array.from({ length: count }, connect));
  const watch = Buffer.from(
    `GET ${maps}?watch=true&resourceVersion=0&labelSelector=m%3Dv HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  const latencies = [];
  let sent = 0;
  let resolveSeen = () => undefined;
  for (const line of open) {
    line.stream(watch, (chunk) => {
      for (const [, name] of chunk.matchAll(/"name":"(v-\d+)"/g)) {
        const times = (seen.get(name) ?? 0) + 1;
        seen.set(name, times);
        if (times >= count) {
          latencies.push(performance.now() - sent);
          resolveSeen();
        }
      }
    });
  }
  await pause(500);
  for (let n = 0; n < 100; n++) {
    const all = new Promise((resolve) => {
      resolveSeen = resolve;
    });
    const body = map(`v-${n}`, 100).replace('"metadata":{', '"metadata":{"labels":{"m":"v"},');
    sent = performance.now();
    await writer.ask(post(maps, body));
    await all;
    await pause(10);
  }
  for (const line of open) line.end();
  latencies.sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * 0.99) - 1];
}

/** One kept-alive TLS connection; one request at a time. */
function connection(port, credentials) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ...credentials });
    socket.setNoDelay(true);
    let waiting;
    let streaming;
    let chunks = [];
    let size = 0;
    let need = -1;
    const head = () => {
      const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      chunks = [all];
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      const text = all.latin1Slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      need = end + 4 + length;
      waiting.status = Number(text.slice(9, 12));
      waiting.from = end + 4;
      waiting.length = length;
    };
    socket.on('data', (chunk) => {
      if (streaming !== undefined) {
        streaming(chunk.toString('latin1'));
        return;
      }
      chunks.push(chunk);
      size += chunk.length;
      if (need < 0) head();
      if (need < 0 || size < need) return;
      const { status, from, length, done } = waiting;
      const first = chunks;
      chunks = [];
      size = 0;
      need = -1;
      done({
        status,
        length,
        get body() {
          return Buffer.concat(first).subarray(from).toString('utf8');
        },
      });
    });
    socket.on('error', reject);
    socket.on('secureConnect', () =>
      resolve({
        ask: (request) =>
          new Promise((done) => {
            waiting = { done };
            socket.write(request);
          }),
        stream(request, listener) {
          streaming = listener;
          socket.write(request);
        },
        end: () => socket.destroy(),
      }),
    );
  });
}
