import type { VolumeAttachment } from '../api/storage-v1.ts';
import { type FieldError, GoText, invalid, required } from '../field-error.ts';
import { asKind, equalJson } from '../object.ts';
import { volumeAttachmentTable } from '../printers/storage.ts';
import { immutableMessage } from '../validation/messages.ts';
import type { ResourceDefinition } from './definition.ts';

export const volumeAttachment: ResourceDefinition = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  returnsDeletedObject: true,
  prepareForCreate(draft) {
    asKind<VolumeAttachment>(draft).status = { attached: false };
  },
  validate(object) {
    const { spec } = asKind<VolumeAttachment>(object);
    const errors: FieldError[] = [];
    if (!spec?.attacher) errors.push(required('spec.attacher'));
    if (!spec?.source?.persistentVolumeName && spec?.source?.inlineVolumeSpec === undefined)
      errors.push(
        required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'),
      );
    if (!spec?.nodeName) errors.push(required('spec.nodeName'));
    return errors;
  },
  validateUpdate(object, old) {
    const { spec } = asKind<VolumeAttachment>(object);
    return equalJson(spec, asKind<VolumeAttachment>(old).spec)
      ? []
      : [invalid('spec', new GoText(JSON.stringify(spec)), immutableMessage)];
  },
  subresources: { status: {} },
  table: volumeAttachmentTable,
};
