/** How OpenAPI calls Go's types. */

const packages: ReadonlyMap<string, string> = new Map([
  ['meta/v1', 'io.k8s.apimachinery.pkg.apis.meta.v1'],
  ['apiextensions/v1', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'],
  ['apiregistration/v1', 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1'],
  ['runtime', 'io.k8s.apimachinery.pkg.runtime'],
]);

/** `core/v1.PodSpec` → `io.k8s.api.core.v1.PodSpec` */
export function definitionName(goType: string): string {
  const dot = goType.indexOf('.');
  const folder = goType.slice(0, dot);
  const base = packages.get(folder) ?? `io.k8s.api.${folder.replace('/', '.')}`;
  return `${base}.${goType.slice(dot + 1)}`;
}

/** `panaderia.example.com`, `v1`, `Torta` → `com.example.panaderia.v1.Torta` */
export function customDefinitionName(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

export const metaName = (name: string): string => definitionName(`meta/v1.${name}`);
export const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
export const intOrStringName = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
export const rawExtensionName = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
