import type { ApiRequest } from '../../../kube/transport.ts';

/** The token of `Authorization: Bearer <token>`; '' when there is none. Mirrors request/bearertoken: other schemes are ignored. */
export function bearerTokenOf(request: ApiRequest): string {
  const header = request.headers['authorization'];
  const text = typeof header === 'string' ? header : (header?.[0] ?? '');
  const parts = text.trim().split(' ');
  if (parts.length < 2 || parts[0]?.toLowerCase() !== 'bearer') return '';
  return parts[1] ?? '';
}
