import type { PodTemplate } from '../api/core-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { asKind } from '../object.ts';
import { podTemplateTable } from '../printers/workloads.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { templateOptions, validatePodTemplate } from '../validation/pod/template.ts';
import type { ResourceDefinition } from './definition.ts';
import { podNameWarnings, prepareTemplate, templateWarnings } from './workload.ts';

/** Mirrors pkg/registry/core/podtemplate/strategy.go. */
export const podTemplate: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  tracksGeneration: true,
  returnsDeletedObject: true,

  defaults(draft) {
    const made = asKind<PodTemplate>(draft);
    made.template ??= {};
    defaultPodTemplate(made.template);
  },
  prepareForCreate: (draft) => prepareTemplate(asKind<PodTemplate>(draft).template, undefined),
  prepareForUpdate: (draft, old) =>
    prepareTemplate(asKind<PodTemplate>(draft).template, asKind<PodTemplate>(old).template),
  validate(object) {
    const { template = {} } = asKind<PodTemplate>(object);
    return validatePodTemplate(template, 'template', templateOptions(template, undefined));
  },
  validateUpdate(object, old) {
    const { template = {} } = asKind<PodTemplate>(object);
    return validatePodTemplate(
      template,
      'template',
      templateOptions(template, asKind<PodTemplate>(old).template),
    );
  },
  warnings(object, old) {
    const { template } = asKind<PodTemplate>(object);
    if (old !== undefined && sameMeaning(template, asKind<PodTemplate>(old).template)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...templateWarnings(template, 'template')];
  },
  table: podTemplateTable,
};
