import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ClusterHome, clusterHome, damage, inBackground, kill, openClusterHome } from './clusters.ts';
import { curso, program, start } from './curso.ts';

/** Somebody else's program on a port, until the test ends. */
async function occupy(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    // There may be somebody already, which is as good.
    server.once('error', () => resolve());
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
}

describe('what cannot be asked of a cluster', () => {
  it.each([
    ['cluster inciar', 2, '¿Querías decir `curso cluster iniciar`?'],
    ['cluster iniciar --master 3', 2, '¿Querías decir `--masters`?'],
    ['cluster iniciar --masters 2', 2, 'pueden ser 1, 3 o 5'],
    ['cluster iniciar --masters tres', 2, 'pueden ser 1, 3 o 5'],
    ['cluster iniciar --puerto 0', 2, 'entre 1 y 65535'],
    ['cluster iniciar --puerto 1e3', 2, 'entre 1 y 65535'],
    ['cluster iniciar --nodos=-1', 2, 'entre 0 y 5000'],
    ['cluster iniciar --nodos 1.5', 2, 'un número entero'],
    ['cluster iniciar --velocidad Infinity', 2, 'entre 0.1 y 100'],
    ['cluster iniciar --autorizacion RBAC', 2, 'Puede ser `rbac` o `siempre`.'],
    ['cluster iniciar --fichero-tokens no-está.csv', 2, 'No existe el archivo'],
    ['cluster iniciar --fichero-tokens .', 2, 'no es un archivo'],
    ['cluster iniciar --controladores namespace-controler', 2, '¿Querías decir `namespace-controller`?'],
    ['cluster iniciar --controladores bootstrap-signer-controller', 2, 'no hay ningún controlador'],
    ['cluster iniciar --admision-sin podsecurity', 2, '¿Querías decir `PodSecurity`?'],
    ['cluster iniciar --primer-plano --admision-sin Nada', 2, 'Hay: NamespaceLifecycle'],
    ['cluster kubeconfig', 3, '`curso cluster iniciar`'],
    ['kubectl get pods', 3, '`curso cluster iniciar`'],
    ['master 1 parar', 3, '`curso cluster iniciar`'],
    ['master 1 apagar', 2, '¿Querías decir `parar`?'],
    ['master 1', 2, 'Falta decir qué hacer'],
    ['master parar', 2, 'Falta decir qué master'],
    ['master uno parar', 2, '`uno` no es un master'],
  ])('%s', async (line, code, said) => {
    const ended = await curso(line.split(' '));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(said);
  });

  it('refuses tokens in another shape, with the line', async () => {
    const home = clusterHome();
    const file = path.join(home.folder, 'personas.csv');
    writeFileSync(file, 'secreto,ana,1\nsolo-dos,columnas\n');
    const ended = await home.run('cluster', 'iniciar', `--fichero-tokens=${file}`);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('línea 2');
    expect(home.pid()).toBeUndefined();
  });

  it('has nothing to show, stop or delete where nothing was started, and makes nothing', async () => {
    const home = clusterHome();
    expect(await home.run('cluster')).toMatchObject({ code: 0, stderr: '' });
    expect(await home.status()).toMatchObject({
      version: 1,
      running: false,
      pid: null,
      url: null,
      masters: [],
    });
    expect((await home.run('cluster', 'detener')).stdout).toContain('no estaba en marcha');
    expect((await home.run('cluster', 'borrar')).stdout).toContain('No hay ningún clúster');
    expect(readdirSync(home.folder)).toEqual([]);
  });
});

describe('a cluster in the background', () => {
  let home: ClusterHome;
  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());

  it('starts, lets go of whoever started it, and keeps its files private', async () => {
    // Both pipes of the one that started it are closed, or this would not resolve.
    const { code, stdout } = await home.run('cluster', 'iniciar', '--masters=3', '--nodos=0');
    expect(code).toBe(0);
    expect(stdout).toContain('3 masters');
    const status = await home.status();
    expect(status).toMatchObject({ running: true, kubeconfig: home.file('kubeconfig') });
    expect(status.masters.map(({ role }) => role).sort()).toEqual(['follower', 'follower', 'leader']);
    for (const name of readdirSync(home.file('.'), { recursive: true, encoding: 'utf8' })) {
      expect([name, statSync(home.file(name)).mode & 0o077]).toEqual([name, 0]);
    }
    if (process.platform === 'linux') {
      const own = readFileSync(`/proc/${home.pid()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      // Fields 6 and 7: a session of its own, and no terminal.
      expect({ session: own[3], terminal: own[4] }).toEqual({ session: String(home.pid()), terminal: '0' });
    }
  });

  it('is not started twice, and says when something else is asked of it', async () => {
    const before = home.pid();
    const again = await home.run('cluster', 'iniciar');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('ya estaba en marcha');
    expect((await home.run('cluster', 'iniciar', '--nodos', '0')).code).toBe(0);
    const other = await home.run('cluster', 'iniciar', '--nodos=3', '--autorizacion=siempre');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('`--nodos` y `--autorizacion`');
    expect((await home.run('cluster', 'iniciar', '--velocidad=2')).code).toBe(2);
    const five = await home.run('cluster', 'iniciar', '--masters', '5');
    expect(five.code).toBe(2);
    expect(five.stderr).toContain('se creó con 3 masters');
    const here = await home.run('cluster', 'iniciar', '--primer-plano');
    expect(here.code).toBe(3);
    expect(here.stderr).toContain(`proceso ${before}`);
    expect(home.pid()).toBe(before);
  });

  it('shows where kubectl finds it', async () => {
    expect(await home.run('cluster', 'kubeconfig')).toMatchObject({ stdout: `${home.file('kubeconfig')}\n` });
    const { stdout } = await home.run('cluster', 'kubeconfig', '--contenido');
    expect(stdout.trimEnd()).toBe(readFileSync(home.file('kubeconfig'), 'utf8').trimEnd());
    expect(stdout).toContain(`server: ${(await home.status()).url}`);
  });

  it('loses and gets back its masters, and says what makes no sense', async () => {
    const stopped = await home.run('master', '2', 'parar');
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toMatch(/^master-2 +parado/m);
    expect((await home.run('master', '2', 'parar')).stderr).toContain('master-2 ya está parado');
    const lost = await home.run('master', 'aislar', 'master-1');
    expect(lost.stdout).toMatch(/^master-1 .*\(aislado\)/m);
    expect(lost.stdout).toContain('Sin quórum: contesta 1 de 3 masters y hacen falta 2');
    expect((await home.run('master', '1', 'reconectar')).stdout).not.toContain('aislado');
    expect(await home.run('master', '1', 'reconectar')).toMatchObject({ code: 2, stdout: '' });
    expect((await home.run('master', '02', 'arrancar')).stdout).not.toContain('parado');
    expect((await home.run('master', '400', 'parar')).stderr).toContain('van del 1 al 3');
  });

  it('is found dead after a kill, and starts on what it had', async () => {
    const before = await home.status();
    const pid = home.pid() ?? 0;
    kill(pid);
    const dead = await home.run('cluster', 'estado');
    expect(dead).toMatchObject({ code: 0, stderr: '' });
    expect(dead.stdout).toContain('su proceso terminó sin cerrarse');
    expect((await home.run('kubectl', 'get', 'ns')).code).toBe(3);
    const { code, stderr } = await home.run('cluster', 'iniciar');
    expect(code).toBe(0);
    expect(stderr).toContain(`su proceso, ${pid}, ya no existe`);
    const after = await home.status();
    expect(after.url).toBe(before.url);
    const index = ({ masters }: typeof before) => Math.max(...masters.map(({ commitIndex }) => commitIndex));
    expect(index(after)).toBeGreaterThanOrEqual(index(before));
  });

  it('stops keeping its data, and is deleted with them', async () => {
    const kubeconfig = readFileSync(home.file('kubeconfig'), 'utf8');
    expect((await home.run('cluster', 'detener')).stdout).toContain('Sus datos siguen guardados');
    expect(existsSync(home.file('en-marcha.json'))).toBe(false);
    expect((await home.run('cluster', 'detener')).code).toBe(0);
    await home.run('cluster', 'iniciar');
    expect(readFileSync(home.file('kubeconfig'), 'utf8')).toBe(kubeconfig);
    const asked = await home.run('cluster', 'borrar');
    expect(asked.code).toBe(2);
    expect(home.pid()).toBeDefined();
    expect((await home.run('cluster', 'borrar', '--si')).stdout).toContain('ya no existe');
    expect(readdirSync(home.folder)).not.toContain('cluster');
  });
});

describe('starts that meet trouble', () => {
  it('at the same moment, make one cluster, and its terminal may close', async () => {
    const home = clusterHome();
    const here = start(['cluster', 'iniciar', '--primer-plano', '--masters=1'], { home: home.folder });
    const both = await Promise.all([home.run('cluster', 'iniciar'), home.run('cluster', 'iniciar')]);
    // Whoever comes first, everybody ends up with the same one.
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const pid = home.pid() ?? 0;
    if (pid === here.pid) {
      here.kill('SIGHUP');
      expect((await here.ended).code).toBe(0);
      expect(existsSync(home.file('en-marcha.json'))).toBe(false);
    } else {
      expect((await here.ended).stderr).toContain(`proceso ${pid}`);
    }
  });

  it('with a port that somebody has, look for another unless it was asked for', async () => {
    const home = clusterHome();
    await home.run('cluster', 'iniciar', '--masters=1');
    const port = Number((await home.status()).url?.split(':').at(-1));
    await home.run('cluster', 'detener');
    await occupy(port);
    const asked = await home.run('cluster', 'iniciar', `--puerto=${port}`);
    expect(asked).toMatchObject({ code: 3, stdout: '' });
    expect(asked.stderr).toContain(`El puerto ${port} no se puede usar: lo tiene otro programa.`);
    const found = await home.run('cluster', 'iniciar');
    expect(found.code).toBe(0);
    expect(found.stderr).toContain(`El puerto ${port} no se puede usar (lo tiene otro programa)`);
    const { url } = await home.status();
    expect(url).not.toContain(String(port));
    expect(readFileSync(home.file('kubeconfig'), 'utf8')).toContain(`server: ${url}`);
    const env = { DOCKER_HOST: 'unix:///no/hay.sock' };
    const cleaned = await home.runWith({ env }, 'limpiar', '--si');
    expect(cleaned.stdout).toContain('Quité el clúster integrado');
    expect(readdirSync(home.folder)).not.toContain('cluster');
  });

  it('that crash, show the end of what was said', async () => {
    const home = clusterHome();
    const crash = inBackground(home, `console.error('se partió el eje'); process.exit(7);`);
    const { code, stderr } = await home.runWith(crash, 'cluster', 'iniciar');
    expect(code).toBe(3);
    expect(stderr).toContain('terminó antes de contestar');
    expect(stderr).toContain('\n  se partió el eje\n');
    expect(stderr).toContain('--primer-plano');
  });

  it('whose first half is killed, leave nobody behind', async () => {
    const home = clusterHome();
    const orphan = inBackground(
      home,
      `require('fs').writeFileSync(${JSON.stringify(path.join(home.folder, 'pid'))}, String(process.pid)); process.kill(process.ppid, 'SIGKILL');`,
    );
    expect((await home.runWith(orphan, 'cluster', 'iniciar', '--masters=1')).signal).toBe('SIGKILL');
    const { code } = await home.run('cluster', 'iniciar');
    expect(code).toBe(0);
    expect(home.pid()).not.toBe(Number(readFileSync(path.join(home.folder, 'pid'), 'utf8')));
  });

  it('on damaged data, go on with a majority and without one say whose they are', async () => {
    const home = clusterHome();
    await home.run('cluster', 'iniciar');
    await home.run('cluster', 'detener');
    damage(home, 2);
    const two = await home.run('cluster', 'iniciar');
    expect(two.code).toBe(0);
    expect(two.stderr).toContain('master-2: sus datos están dañados');
    const refused = await home.run('master', '2', 'arrancar');
    expect(refused.stderr).toContain('master-2 no puede arrancar: sus datos están dañados');
    await home.run('cluster', 'detener');
    damage(home, 3);
    const one = await home.run('cluster', 'iniciar');
    expect(one.code).toBe(3);
    expect(one.stderr).toMatch(/master-2: sus datos.*master-3: sus datos/);
    expect(one.stderr).toContain('curso cluster borrar');
  });

  it('where no folder can be made, say so', async () => {
    const home = clusterHome();
    writeFileSync(path.join(home.folder, 'cluster'), '');
    for (const args of [[], ['--primer-plano']]) {
      const { code, stderr } = await home.run('cluster', 'iniciar', ...args);
      expect(code).toBe(3);
      expect(stderr).toContain('hay un archivo donde debería haber una carpeta');
    }
  });
});

describe('the rest of the course', () => {
  /** What Node reads before the first line of a chunk runs. */
  function closure(file: string, seen = new Set<string>()): ReadonlySet<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)"(\.{1,2}\/[^"]+\.js)"/g);
    for (const [, target = ''] of imports) closure(path.join(path.dirname(file), target), seen);
    return seen;
  }

  it('does not load the cluster to open, nor to look at it', () => {
    const chunks = path.join(path.dirname(program), 'chunks');
    const isCluster = (file: string) => readFileSync(file, 'utf8').includes('fields.tsv');
    const all = readdirSync(chunks).map((name) => path.join(chunks, name));
    expect(all.filter(isCluster)).toHaveLength(1);
    const doors = all.filter((file) =>
      /^(main|commands|curso|run|cluster-report)-/.test(path.basename(file)),
    );
    expect(doors.length).toBeGreaterThanOrEqual(5);
    for (const door of [program, ...doors]) expect([...closure(door)].filter(isCluster)).toEqual([]);
  });
});
