const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host =
  '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?';
const reference = new RegExp(
  `^(${host}/)?(${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);
const identifier = /^[a-f0-9]{64}$/;
/** Longer texts are no references; upstream stops names at 255. */
const maxLength = 1024;

/**
 * Whether an image moves with its tag: `latest`, said or unsaid. An image that cannot be read does not.
 * Mirrors ParseImageName of pkg/util/parsers (distribution/reference).
 */
export function isLatestImage(image: string): boolean {
  if (image.length > maxLength || identifier.test(image)) return false;
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const named = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const full = named ? image : `docker.io/${slash < 0 ? 'library/' : ''}${image}`;
  const parts = reference.exec(full);
  if (parts === null) return false;
  const [, domain = '', path = '', tag = '', digest = ''] = parts;
  if (domain.length + path.length > 255) return false;
  return tag === '' ? digest === '' : tag === 'latest';
}
