import type { JsonObject } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';

/** Where `curso doctor` leaves its last diagnosis, inside the working folder of the attempt. */
export const diagnosisFile = 'diagnostico.json';

/** The last diagnosis of this machine, as `curso doctor` saved it. */
export const cursoDiagnostico: CheckKind = {
  name: 'curso.diagnostico',
  view: 'none',
  doc: 'El último diagnóstico del equipo que guardó `curso doctor` en la carpeta de trabajo.',
  params: {},
  fields: {
    hecho: 'true cuando hay un diagnóstico guardado',
    sistema: 'sistema operativo',
    docker: 'lo que se sabe de Docker',
    cgroup: '`v1`, `v2` o `hibrido`',
  },
  object: () => 'el diagnóstico de tu equipo',
  command: () => 'curso doctor',
  absentAdvice: () => ({
    why: 'Todavía no hay ningún diagnóstico de este equipo.',
    next: 'Ejecuta `curso doctor` en otra terminal y lee lo que dice.',
  }),
  async observe({ backend }) {
    const read = await backend.files.read(diagnosisFile, 64 * 1024);
    const value = read.ok ? parseObject(read.value) : undefined;
    if (!value) return { state: 'absent', value: { hecho: false, ...(read.ok ? { roto: true } : {}) } };
    return { state: 'found', value: { ...value, hecho: true } };
  },
  level: () => 'real',
  pollMs: 500,
};

/** How many verifications of this attempt ended with something still failing. */
export const cursoFallos: CheckKind = {
  name: 'curso.fallos',
  view: 'none',
  doc: 'Cuántas veces se comprobó este intento y algo faltaba.',
  params: {},
  fields: { fallos: 'comprobaciones con algún fallo en este intento' },
  object: () => 'tus intentos de comprobar',
  command: () => 'curso verificar',
  absentAdvice: () => ({ why: 'Todavía no comprobaste nada.', next: 'Ejecuta `curso verificar`.' }),
  async observe({ attempt }) {
    return { state: 'found', value: { fallos: attempt.failures } };
  },
  level: () => 'real',
};

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined; // half written: the next look sees it whole
  }
}
