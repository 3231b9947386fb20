import type { Ingress, IngressClass } from '../../../kube/api/networking-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import { creates } from './attributes.ts';
import { newestDefault } from './default-class.ts';

const GROUP = 'networking.k8s.io';

/** An Ingress that names no class gets the default one. Mirrors plugin/pkg/admission/network/defaultingressclass. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate(request, reader) {
    if (request.object === undefined || !creates(request, GROUP, 'ingresses')) return;
    const ingress = asKind<Ingress>(request.object);
    if (ingress.spec?.ingressClassName != null) return;
    if (ingress.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
    const classes = reader.list<KubeObject>(GROUP, 'ingressclasses');
    const chosen = newestDefault(
      classes.map((object) => asKind<IngressClass>(object)),
      ['ingressclass.kubernetes.io/is-default-class'],
    )?.metadata?.name;
    if (chosen !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: chosen };
  },
};
