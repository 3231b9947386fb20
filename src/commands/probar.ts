import { type CommandDefinition, textOption, UsageError } from './command.ts';

export const probar: CommandDefinition = {
  name: 'probar',
  summary: 'una petición HTTP desde dentro de un Pod, por la red del clúster integrado',
  details:
    'Cuenta cada paso: qué nombre se resuelve, qué regla elige destino, quién contesta.\n`curso probar cliente http://mostrador:8080/`. Sale con 0 si hubo respuesta y con 1 si no.',
  arguments: [
    { name: 'pod', required: true, doc: 'desde dónde: `nombre` o `namespace/nombre`' },
    { name: 'url', required: true, doc: '`http://mostrador/`, `mostrador.panaderia:8080`' },
  ],
  options: [{ flags: '-n, --namespace <ns>', doc: 'el namespace del Pod (por defecto `default`)' }],
  async run(input, session) {
    const [pod = '', written = ''] = input.arguments;
    const url = /^[a-z]+:\/\//i.test(written) ? written : `http://${written}`;
    if (!URL.canParse(url) || !url.toLowerCase().startsWith('http://')) {
      throw new UsageError(
        `\`${written}\` no es una dirección HTTP.`,
        'Escribe algo como `http://mostrador:8080/ruta`; https no se puede probar.',
      );
    }
    const [first = '', second] = pod.split('/');
    const named =
      second === undefined
        ? { namespace: textOption(input, 'namespace') ?? 'default', name: first }
        : { namespace: first, name: second };
    const { withControl } = await import('./services/cluster-control.ts');
    const { output } = session;
    const report = await withControl(session, 'Mira los Pods con `curso kubectl get pods -A`.', (control) =>
      control.probe(named, url),
    );
    for (const { ok, text } of report.steps)
      output.print(`${output.state(ok ? 'good' : 'missing')}  ${text}`);
    if (report.response === undefined) return 1;
    output.print();
    output.print(`HTTP ${report.response.status}`);
    output.print(report.response.body.slice(0, 4_000).trimEnd());
    return 0;
  },
};
