import { CouldNotLook } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { absentNear, dockerLevel, dockerOf, missingAdvice, shellWord, textOf } from './docker-access.ts';

/** Whether a text is anywhere in an image, in layers hidden by later ones too. */
export const dockerCapas: CheckKind = {
  name: 'docker.capas',
  view: 'docker',
  doc: 'Si un texto está en alguna parte de una imagen: historial, configuración y todas sus capas, también las tapadas.',
  params: {
    referencia: { type: 'text', required: true, doc: 'nombre con etiqueta de la imagen' },
    busca: { type: 'text', required: true, doc: 'texto exacto que se busca' },
  },
  fields: {
    apariciones: 'cuántas veces aparece',
    donde: 'lista: «historial», «configuración» o la ruta del archivo en su capa',
  },
  object: (params) => `la imagen ${textOf(params, 'referencia')}`,
  command: (params, field, { state, value }) => {
    const reference = shellWord(textOf(params, 'referencia'));
    if (state === 'absent') return 'docker image ls';
    const onlyFiles = !JSON.stringify(value['donde'] ?? []).includes('historial');
    return onlyFiles && field !== ''
      ? `docker save ${reference} | tar -x -C /tmp && grep -ral ${shellWord(textOf(params, 'busca'))} /tmp`
      : `docker history --no-trunc ${reference}`;
  },
  absentAdvice: (params, observation) =>
    missingAdvice(
      observation,
      `ninguna imagen «${textOf(params, 'referencia')}» en tu motor`,
      `Constrúyela con \`docker build -t ${textOf(params, 'referencia')} .\`.`,
      'docker image ls',
    ),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const reference = textOf(params, 'referencia');
    const found = await view.searchImage(reference, textOf(params, 'busca'));
    if (found === undefined) return absentNear(view, 'image', reference);
    // "Not found" in a part of the image proves nothing; "found" does.
    if (!found.complete && found.count === 0) {
      throw new CouldNotLook({
        reason: 'timeout',
        why: `La imagen «${reference}» es demasiado grande para leerla entera, y en lo leído no aparece el texto.`,
        next: `Mira cuánto ocupa con \`docker image ls ${reference}\` y hazla más pequeña.`,
      });
    }
    return { state: 'found', value: { apariciones: found.count, donde: found.where } };
  },
  level: dockerLevel,
  pollMs: 1_000,
};
