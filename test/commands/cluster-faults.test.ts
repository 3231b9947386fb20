import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterHome, openClusterHome } from './clusters.ts';
import { newHome } from './curso.ts';

let home: ClusterHome;
const run = (line: string) => home.run(...line.split(' ').filter((word) => word !== ''));

beforeAll(() => {
  home = openClusterHome();
});
afterAll(() => home.close());

it('a cluster is started for all of them', async () => {
  const { code, stdout } = await run('cluster iniciar --masters 1 --nodos 2');
  expect(stdout).toContain('El clúster está en marcha');
  expect(code).toBe(0);
}, 90_000);

describe('wrong use of what breaks a cluster ends with 2 and says what there is', () => {
  it.each([
    [
      'nodo 1',
      'Falta decir qué hacer con ese nodo.',
      'apagar, encender, aislar, reconectar, reglas o manifiestos',
    ],
    ['nodo apagar', 'Falta decir qué nodo.', 'curso nodo 1 apagar'],
    ['nodo 1 apaga', 'Con un nodo no se puede `apaga`.', '¿Querías decir `apagar`?'],
    ['nodo 9 apagar', '', 'nodo-1'],
    ['nodo 1 encender', '', 'curso nodo'],
    ['nodo pepe reglas', '', 'nodo-1'],
    ['reloj volar', 'Al reloj no se le puede `volar`.', 'pausar, seguir, avanzar o velocidad'],
    ['reloj pausa', 'Al reloj no se le puede `pausa`.', '¿Querías decir `pausar`?'],
    ['reloj avanzar mucho', '`mucho` no es un tiempo que se pueda avanzar.', 'hasta 10m'],
    ['reloj avanzar 2h', '`2h` no es un tiempo', 'hasta 10m'],
    ['reloj avanzar 0s', '`0s` no es un tiempo', 'hasta 10m'],
    ['reloj velocidad', 'Falta decir a qué velocidad.', 'de 0.1 a 100'],
    ['reloj velocidad -3', '', 'curso reloj'],
    ['reloj velocidad 1e2', '`1e2` no es una velocidad.', 'de 0.1 a 100'],
    ['reloj velocidad 101', '`101` no es una velocidad.', 'de 0.1 a 100'],
    ['reloj seguir', '', 'curso reloj'],
    ['componente', '', ''],
    ['componente scheduler', 'Falta decir qué hacer con `scheduler`.', 'parar o arrancar'],
    ['componente scheduler pare', 'Con un componente no se puede `pare`.', 'Se puede parar o arrancar.'],
    ['componente parar', 'Falta decir qué componente.', 'curso componente'],
    ['componente schedulr parar', '', 'scheduler'],
    ['componente scheduler arrancar', '', 'curso componente'],
    ['probar', '', 'curso probar'],
    ['probar x https://web/', '`https://web/` no es una dirección HTTP.', 'https no se puede probar'],
    ['probar x ftp://web/', '`ftp://web/` no es una dirección HTTP.', 'http://mostrador'],
    ['probar nadie web', '', 'get pods -A'],
    ['explicar', '', 'curso explicar'],
    ['explicar pod', 'No sé qué explicar con `pod`.', 'curso explicar pod/mostrador'],
    ['explicar pan/x', 'no conoce ningún tipo de objeto `pan`', 'api-resources'],
    ['explicar deplyment/x', 'no conoce ningún tipo de objeto `deplyment`', '¿Querías decir `deployment`?'],
    ['explicar pod/nadie', 'No hay ningún Pod «nadie» en el namespace default.', 'kubectl get pods -A'],
    ['explicar node/nodo-9', 'No hay ningún Node «nodo-9».', 'kubectl get nodes'],
  ])('curso %s', async (line, message, remedy) => {
    const { code, stdout, stderr } = await run(line);
    if (line === 'componente') {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^scheduler +en marcha$/m);
      return;
    }
    expect(stderr).toContain(message);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toMatch(/\bat .*\.(ts|js)/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('what breaks a cluster', () => {
  it('turns a node off and on', async () => {
    const off = await run('nodo 2 apagar');
    expect(off).toMatchObject({ code: 0, stderr: '' });
    expect(off.stdout).toMatch(/nodo-2.*apagado/);
    const again = await run('nodo nodo-2 apagar');
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/nodo-2/);
    expect((await run('nodo 2 encender')).code).toBe(0);
    expect((await run('nodo')).stdout).not.toMatch(/apagado/);
  });

  it('prints the rules of a node', async () => {
    const { code, stdout } = await run('nodo 1 reglas');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\*nat$/m);
  });

  it('stops the clock, steps it, hurries it', async () => {
    expect((await run('reloj')).stdout).toMatch(/^El reloj del clúster: \d{4}-.*\(a su paso\)\n$/);
    const { stdout: paused } = await run('reloj pausar');
    expect(paused).toMatch(/\(en pausa\)/);
    const time = (text: string) => Date.parse(/: (\S+) /.exec(text)?.[1] ?? '');
    const { stdout: later } = await run('reloj avanzar 90');
    expect(time(later) - time(paused)).toBe(90_000);
    expect((await run('reloj')).stdout).toBe(later);
    expect((await run('reloj seguir')).stdout).toMatch(/a su paso/);
    expect((await run('reloj velocidad 2,5')).stdout).toMatch(/a velocidad 2\.5/);
    expect((await run('reloj velocidad 1')).stdout).toMatch(/a su paso/);
  });

  it('stops one component and tells', async () => {
    const { stdout } = await run('componente deployment-controller parar');
    expect(stdout).toMatch(/^deployment-controller +parado$/m);
    expect((await run('componente deployment-controller arrancar')).stdout).not.toMatch(/parado/);
  });

  it('explains an object, for people and for programs', async () => {
    const { code, stdout } = await run('explicar node/nodo-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/nodo-1/);
    const document = JSON.parse((await run('explicar node nodo-1 --json')).stdout);
    expect(document).toBeTypeOf('object');
  });
});

describe('without a cluster', () => {
  it.each([
    'nodo',
    'master',
    'nodo 1 apagar',
    'nodo 1 reglas',
    'reloj',
    'componente',
    'probar x y',
    'explicar pod/x',
  ])('curso %s says how to start one, with 3', async (line) => {
    const { code, stdout, stderr } = await home.runWith({ home: newHome() }, ...line.split(' '));
    expect(stderr).toContain('curso cluster iniciar');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });
});
